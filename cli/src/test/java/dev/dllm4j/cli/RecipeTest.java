package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.convert.ChangedManifest;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands over a model whose recipe is its own. */
class RecipeTest {
    private static final Recipe OWN = new Recipe("blocks(4)", "topk(1)", "dual", "full", 8, 8);
    private static final Recipe SDAR =
            new Recipe("blocks(4,from=start)", "static(steps=4)", "blocks", "eot(when=block)", 16, 16);

    @TempDir
    private static Path folder;

    private static Path plain;
    private static Path blocks;

    @BeforeAll
    static void convert() {
        plain = ChangedManifest.recipe(TinyModels.convert(folder.resolve("plain"), Shape.llada()), OWN);
        Path seesBlocks = TinyModels.withSight(
                TinyModels.convert(folder.resolve("blocks"), Shape.llada()),
                new Sight.BlockCausal(4, Sight.Origin.START));
        blocks = ChangedManifest.recipe(seesBlocks, SDAR);
    }

    private static CommandRun generate(Path model, String... options) {
        Stream<String> command = Stream.of("generate", "t1 t2 t3", "--model", model.toString(), "--json");
        return CommandRun.of(Stream.concat(command, Stream.of(options)).toArray(String[]::new));
    }

    private static JsonNode settings(Path model, String... options) throws IOException {
        CommandRun run = generate(model, options);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out()).path("settings");
    }

    @Test
    void generateDecodesByTheRecipe() throws IOException {
        JsonNode settings = settings(plain);

        assertThat(settings.path("window").asText()).isEqualTo("blocks(4)");
        assertThat(settings.path("strategy").asText()).isEqualTo("topk(1)");
        assertThat(settings.path("cache").asText()).isEqualTo("dual");
        assertThat(settings.path("stop").asText()).isEqualTo("full");
        assertThat(settings.path("gen_length").asInt()).isEqualTo(8);
        assertThat(settings.path("steps").asInt()).isEqualTo(8);
    }

    @Test
    void whatIsNamedOverridesIt() throws IOException {
        JsonNode settings = settings(plain, "--cache=none", "--gen-length=6", "--stop=eot");

        assertThat(settings.path("cache").asText()).isEqualTo("none");
        assertThat(settings.path("gen_length").asInt()).isEqualTo(6);
        assertThat(settings.path("steps").asInt()).isEqualTo(6);
        assertThat(settings.path("stop").asText()).isEqualTo("eot");
        assertThat(settings.path("window").asText()).isEqualTo("blocks(4)");
        assertThat(settings(plain, "--cache=elastic").path("window").asText()).isEqualTo("leftmost(16)");
        assertThat(settings(blocks, "--guidance=1").path("cache").asText()).isEqualTo("none");
        assertThat(settings(blocks, "--block-length=8").path("window").asText()).isEqualTo("blocks(8,from=start)");
        assertThat(settings(blocks, "--strategy=schedule", "--gen-length=10")
                        .path("window")
                        .asText())
                .isEqualTo("blocks(4,from=start)");
    }

    @Test
    void whatDoesNotGoWithTheModelIsWrongUsage() {
        CommandRun straddling = generate(blocks, "--block-length=6");
        assertThat(straddling.exitCode()).isEqualTo(2);
        assertThat(straddling.err())
                .isEqualTo(
                        "dllm4j: block length is 6 and the model's blocks have 4 positions; one must be a multiple of"
                                + " the other, e.g. window blocks(4,from=start)\n");
        CommandRun elastic = generate(blocks, "--cache=elastic");
        assertThat(elastic.exitCode()).isEqualTo(2);
        assertThat(elastic.err()).startsWith("dllm4j: cache is elastic(").endsWith("exactly\n");
        CommandRun blocksAll = generate(plain, "--cache=blocks");
        assertThat(blocksAll.exitCode()).isEqualTo(2);
        assertThat(blocksAll.err()).startsWith("dllm4j: cache is blocks and every row of the model sees every key");
    }

    @Test
    void infillOpensWhatTheModelSees() throws IOException {
        String text = "t4 [MASK:3] t5 [MASK:2]";

        assertThat(settings(plain, "--infill", text).path("window").asText()).isEqualTo("all");
        JsonNode settings = settings(blocks, "--infill", text);
        assertThat(settings.path("window").asText()).isEqualTo("blocks(4,from=start)");
        assertThat(settings.path("stop").asText()).isEqualTo("full");
        assertThat(settings.path("gen_length").asInt()).isEqualTo(7);
        assertThat(settings(blocks, "--infill", text, "--window=all")
                        .path("window")
                        .asText())
                .isEqualTo("all");
    }

    @Test
    void modelsPrintsFamilyAndRecipe() {
        assertThat(CommandRun.of(
                                "models",
                                "--cache-dir",
                                folder.resolve("blocks").toString())
                        .out())
                .contains(
                        blocks + ": converted, f32, llada (blocks of 4 from the start), 2 layers",
                        "\n  recipe: window blocks(4,from=start), strategy static(steps=4), cache blocks, stop"
                                + " eot(when=block), gen length 16, steps 16\n");
    }

    @Test
    void evalAsksByTheRecipeAndByWhatIsNamed() throws IOException {
        Path questions = folder.resolve("questions.jsonl");
        Files.writeString(questions, "{\"question\": \"t1 t2\", \"answer\": \"#### 1\"}\n");
        Path own = folder.resolve("own");
        CommandRun run = CommandRun.of(
                "eval", "--dataset", questions.toString(), "--model", plain.toString(), "--out", own.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).startsWith("topk-1__dual: strategy topk(1), cache dual: ");
        JsonNode settings = new ObjectMapper()
                .readTree(own.resolve("summary.json").toFile())
                .path("settings");
        assertThat(settings.path("window").asText()).isEqualTo("blocks(4)");
        assertThat(settings.path("gen_length").asInt()).isEqualTo(8);

        Path named = folder.resolve("named");
        CommandRun both = CommandRun.of(
                "eval",
                "--dataset",
                questions.toString(),
                "--model",
                plain.toString(),
                "--out",
                named.toString(),
                "--cache=none",
                "--cache=prefix");
        assertThat(both.exitCode()).as(both.err()).isZero();
        assertThat(named.resolve("topk-1__none")).isDirectory();
        assertThat(named.resolve("topk-1__prefix")).isDirectory();
    }

    @Test
    void benchLeavesOutTheRowsOfOtherQuestionsThatARecipeTakes() throws IOException {
        Path questions = folder.resolve("few.jsonl");
        Files.writeString(questions, "{\"question\": \"t1 t2\", \"answer\": \"#### 1\"}\n");
        Path out = folder.resolve("wall.json");
        CommandRun run = CommandRun.of(
                "bench",
                "--dataset=" + questions,
                "--rounds=1",
                "--model=" + blocks,
                "--out=" + out,
                "--system",
                "own: --gen-length 8");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.readString(out)).contains("blocks(prefix-reuse=off)");
    }

    @Test
    void aRecipeThatOpensAFileIsRefusedWithTheModel() {
        Path foreign = ChangedManifest.recipe(
                TinyModels.convert(folder.resolve("foreign"), Shape.llada()),
                new Recipe("blocks(4)", "filter(path=/etc/passwd)", "none", "eot", 8, 8));

        CommandRun run = generate(foreign);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("dllm4j: " + foreign.resolve("dllm4j.json") + ": recipe: ")
                .contains("a filter's file cannot be named here");
        assertThat(run.err().lines()).hasSize(1);
    }
}
