package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cli.CommandRun.Surroundings;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the bundled starter model. */
class GenerateCommandTest {
    private static final String QUESTION =
            "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?";

    @TempDir
    static Path cache;

    private static Surroundings surroundings = Surroundings.NONE;

    @BeforeAll
    static void keepTheConvertedModel() {
        surroundings = Surroundings.cache(cache);
    }

    @Test
    void theStarterAnswersWithTheTextAloneWhenNobodyWatches() {
        CommandRun run = surroundings.run("generate", QUESTION);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).endsWith("#### 19\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void unknownWordsAreWarnedOfAndTheAnswerGoesOn() throws IOException {
        String warning =
                "3 of the prompt's 9 tokens are unknown to the model (What, capital, France); its vocabulary is not made for"
                        + " this text, so expect little of its answer";
        CommandRun run = surroundings.run("generate", "What is the capital of France?");
        assertThat(run.err()).isEqualTo("dllm4j: warning: " + warning + "\n");
        assertThat(run.exitCode()).isZero();

        CommandRun json = surroundings.run("generate", "What is the capital of France?", "--json");
        JsonNode warnings = new ObjectMapper().readTree(json.out()).path("warnings");
        assertThat(warnings).hasSize(1);
        assertThat(warnings.path(0).textValue()).isEqualTo(warning);
    }

    @Test
    void unknownWordsOfATextWithSlotsAreWarnedOf() {
        assertThat(surroundings
                        .run("generate", "--infill", "12 quarks [MASK:2]")
                        .err())
                .contains("1 of the prompt's 5 tokens is unknown to the model (quarks);");
    }

    @Test
    void thePromptMayComeFromStandardInput() {
        assertThat(surroundings.input(QUESTION + "\n").run("generate", "-"))
                .isEqualTo(surroundings.run("generate", QUESTION));
    }

    @Test
    void jsonIsOneObjectWithEffectiveSettingsAndUsage() throws IOException {
        CommandRun run = surroundings.terminal().run("generate", QUESTION, "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(1);
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly("text", "token_ids", "finish_reason", "settings", "usage");
        assertThat(json.get("text").textValue()).endsWith("#### 19");
        assertThat(json.get("finish_reason").textValue()).isEqualTo("stop");
        assertThat(json.get("settings").fieldNames())
                .toIterable()
                .containsExactly(
                        "model",
                        "window",
                        "strategy",
                        "cache",
                        "stop",
                        "gen_length",
                        "block_length",
                        "steps",
                        "temperature",
                        "top_k",
                        "top_p",
                        "seed",
                        "forbid_pads",
                        "guidance",
                        "device",
                        "threads");
        JsonNode usage = json.get("usage");
        assertThat(usage.get("total_tokens").intValue())
                .isEqualTo(usage.get("prompt_tokens").intValue()
                        + usage.get("completion_tokens").intValue());
        JsonNode work = usage.get("work");
        assertThat(work.get("layers_refreshed").intValue())
                .isEqualTo(6 * work.get("forwards").intValue());
        assertThat(work.get("rows_computed")).isEqualTo(work.get("rows_full"));
    }

    @Test
    void optionsBecomeTheSettings() throws IOException {
        JsonNode settings = settings(
                "--gen-length=48",
                "--block-length=16",
                "--strategy=schedule",
                "--stop=full",
                "--temperature=0.5",
                "--top-k=5",
                "--top-p=0.9",
                "--seed=7",
                "--guidance=0.5",
                "--threads=1");
        assertThat(settings.toString())
                .isEqualTo(
                        "{\"model\":\"starter\",\"window\":\"blocks(16)\",\"strategy\":\"schedule\",\"cache\":\"none\","
                                + "\"stop\":\"full\",\"gen_length\":48,\"block_length\":16,\"steps\":48,\"temperature\":0.5,"
                                + "\"top_k\":5,\"top_p\":0.9,\"seed\":7,\"forbid_pads\":false,\"guidance\":0.5,\"device\":\"cpu\",\"threads\":1}");
    }

    @Test
    void theElasticCacheComputesFewerRowsInItsOwnWindow() throws IOException {
        CommandRun run = surroundings.run("generate", QUESTION, "--json", "--cache", "elastic(track=2)");
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.get("settings").get("cache").textValue())
                .isEqualTo("elastic(gamma=0.9,track=2,along=heads,block-caching=on)");
        assertThat(json.get("settings").get("window").textValue()).isEqualTo("leftmost(16)");
        JsonNode work = json.get("usage").get("work");
        assertThat(work.get("rows_computed").intValue())
                .isLessThan(work.get("rows_full").intValue());
        assertThat(work.get("refresh_share")).hasSize(6);
    }

    /**
     * A full forward refreshes all six layers. Blocks are entered by one, dLLM-Cache makes one in every four, the elastic
     * cache only its first, and any of its layers but the first may be refreshed on its own.
     */
    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual", "dllm-cache(prompt=4)", "elastic", "elastic(gamma=-2)"})
    void theWorkCountersAddUpUnderEveryCache(String policy) throws IOException {
        CommandRun run = surroundings.run(
                "generate",
                QUESTION,
                "--json",
                "--gen-length=64",
                "--block-length=16",
                "--stop=full",
                "--strategy=topk(4)",
                "--cache",
                policy);
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.get("settings").has("cache_budget")).isEqualTo(!policy.equals("none"));
        JsonNode usage = json.get("usage");
        JsonNode work = usage.get("work");
        int forwards = work.get("forwards").intValue();
        assertThat(forwards).isEqualTo(16);
        int canvas = usage.get("prompt_tokens").intValue() + 64;
        assertThat(work.get("rows_full").intValue()).isEqualTo(forwards * canvas);

        List<Double> shares = new ArrayList<>();
        work.get("refresh_share").forEach(share -> shares.add(share.doubleValue()));
        assertThat(shares).hasSize(6);
        double refreshed =
                shares.stream().mapToDouble(share -> share * forwards).sum();
        assertThat(work.get("layers_refreshed").intValue()).isEqualTo((int) Math.round(refreshed));
        double everyLayer = switch (policy) {
            case "none" -> 1;
            case "elastic", "elastic(gamma=-2)" -> 1 / 16.0;
            default -> 4 / 16.0;
        };
        int first = policy.equals("elastic") ? 1 : 6;
        assertThat(shares.subList(0, first))
                .allSatisfy(share -> assertThat(share).isCloseTo(everyLayer, within(1e-3)));
        int rows = work.get("rows_computed").intValue();
        if (policy.equals("dual")) {
            assertThat(rows).isEqualTo(4 * canvas + 12 * 16);
        } else if (policy.equals("prefix")) {
            assertThat(rows).isEqualTo(4 * canvas + 3 * (64 + 48 + 32 + 16));
        } else {
            assertThat(rows).isBetween(canvas, forwards * canvas);
        }
    }

    @Test
    void aCacheBudgetIsSaidInBytes() throws IOException {
        assertThat(settings("--cache=elastic", "--cache-budget=512m")
                        .get("cache_budget")
                        .longValue())
                .isEqualTo(512L << 20);
    }

    @Test
    void aCacheTypeIsSaidWhereItIsNotTheDefault() throws IOException {
        assertThat(settings("--cache=dual", "--cache-type=f16")
                        .get("cache_type")
                        .textValue())
                .isEqualTo("f16");
        assertThat(settings("--cache=dual", "--cache-type=f32").has("cache_type"))
                .isFalse();
    }

    @Test
    void scratchMemoryForNothingIsRefused() {
        CommandRun run = surroundings.run("generate", QUESTION, "--scratch-memory", "4k");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("scratch memory is 4096 bytes; it must be at least 1048576, e.g. 64m");
    }

    @Test
    void aCacheBudgetTooSmallForOneSequenceIsWarnedOfAndComputesEveryRow() throws IOException {
        CommandRun run = surroundings.run("generate", QUESTION, "--json", "--cache", "dual", "--cache-budget", "64k");
        JsonNode work = new ObjectMapper().readTree(run.out()).get("usage").get("work");
        assertThat(work.get("rows_computed")).isEqualTo(work.get("rows_full"));
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void stepsFollowTheGenLengthUnlessGiven() throws IOException {
        assertThat(settings("--gen-length=64").get("steps").intValue()).isEqualTo(64);
        assertThat(settings("--gen-length=64", "--steps=32").get("steps").intValue())
                .isEqualTo(32);
    }

    @Test
    void windowAndBlockLengthMayAgree() throws IOException {
        assertThat(settings("--window=blocks(16)", "--block-length=16")
                        .get("window")
                        .textValue())
                .isEqualTo("blocks(16)");
    }

    @Test
    void aDrawnAnswerComesAgainWithTheSeedThatJsonShows() throws IOException {
        String[] sampled = {"generate", QUESTION, "--json", "--temperature=1.5", "--gen-length=32"};
        JsonNode first = new ObjectMapper().readTree(surroundings.run(sampled).out());
        String seed = first.get("settings").get("seed").asText();
        String[] again = IntStream.rangeClosed(0, sampled.length)
                .mapToObj(i -> i < sampled.length ? sampled[i] : "--seed=" + seed)
                .toArray(String[]::new);
        JsonNode second = new ObjectMapper().readTree(surroundings.run(again).out());
        assertThat(second.get("token_ids")).isEqualTo(first.get("token_ids"));
    }

    @Test
    void withoutATemperatureTheSeedIsZero() throws IOException {
        assertThat(settings().get("seed").longValue()).isZero();
    }

    @Test
    void watchersOfStandardErrorGetALineAboutTheWork() {
        Path fresh = cache.resolve("fresh");
        CommandRun first = Surroundings.cache(fresh).terminal().run("generate", QUESTION);
        assertThat(first.err().lines())
                .hasSize(2)
                .satisfiesExactly(
                        line -> assertThat(line).contains("converting starter once, into " + fresh),
                        line -> assertThat(line).containsPattern("stop after \\d+ forwards, \\d+ tokens, .* ms"));
        assertThat(Surroundings.cache(fresh)
                        .terminal()
                        .run("generate", QUESTION)
                        .err()
                        .lines())
                .hasSize(1);
    }

    @Test
    void liveWithoutATerminalIsALineAStepAndThenTheText() {
        List<String> lines =
                surroundings.run("generate", QUESTION, "--live").out().lines().toList();
        String text = lines.get(lines.size() - 1);
        assertThat(text).endsWith("#### 19");
        assertThat(lines.subList(0, lines.size() - 1))
                .allSatisfy(line -> assertThat(line).matches("step \\d+: \\d+ committed: .*"))
                .last()
                .asString()
                .endsWith(" committed: " + text);
    }

    @Test
    void liveOnATerminalLeavesTheTextAndNothingElse() {
        String out = surroundings.terminal().run("generate", QUESTION, "--live").out();
        assertThat(out).contains("tokens per forward").doesNotContain("step 1: ");
        assertThat(out.substring(out.lastIndexOf('\u001b'))).matches("\u001b\\[\\?25h.*#### 19\n");
    }

    @Test
    void aModelMayBeAFolder() {
        String folder =
                new ConvertedModels(cache).get(BundledModel.STARTER, () -> {}).toString();
        assertThat(CommandRun.of("generate", QUESTION, "--model", folder).out()).endsWith("#### 19\n");
    }

    @Test
    void aPromptBeyondTheContextIsWrongUsage() {
        CommandRun run = surroundings.run("generate", "apples ".repeat(1000));
        assertThat(run.err()).contains("the model's context of 1024");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "threshold",
                "threshold(0.5)",
                "entropy",
                "factor",
                "hierarchy",
                "credit",
                "revise",
                "credit(then=revise)",
                "edit",
                "edit(0.3,post=4,reading=sglang,then=credit)",
                "credit(preset=adaptive,then=factor)",
                "schedule",
                "schedule(by=margin)",
                "topk",
                "random",
                "dream-schedule",
                "dream-threshold"
            })
    void everyStrategyAnswers(String strategy) {
        CommandRun run = surroundings.run("generate", QUESTION, "--gen-length=32", "--strategy", strategy);
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void theSlotsOfATextAreFilled() throws IOException {
        CommandRun run =
                surroundings.run("generate", QUESTION, "--infill", "Tom has 12 + [MASK:1] = 19 [MASK:1]", "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.get("text").textValue()).startsWith("Tom has 12 + ").contains(" = 19");
        assertThat(json.get("settings").get("window").textValue()).isEqualTo("all");
        assertThat(json.get("settings").get("stop").textValue()).isEqualTo("full");
        assertThat(json.get("usage").get("completion_tokens").intValue()).isLessThanOrEqualTo(2);
        assertThat(surroundings
                        .run("generate", "--infill", "The total is [MASK:4] apples because [MASK:12].")
                        .out())
                .startsWith("The total is ")
                .contains(" apples because ")
                .endsWith(".\n");
    }

    @Test
    void aTextToFillHasItsOwnLengthAndNeedsASlot() {
        assertThat(surroundings
                        .run("generate", "--infill", "12 + [MASK:1]", "--gen-length=8")
                        .err())
                .isEqualTo(
                        "dllm4j: --gen-length is 8; the text of --infill has a length of its own, so leave it out\n");
        CommandRun run = surroundings.run("generate", "--infill", "12 + 7");
        assertThat(run.err()).startsWith("dllm4j: the text to fill has no slot");
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @Test
    void padsOfTheStarterCannotBeForbidden() {
        CommandRun run = surroundings.run("generate", QUESTION, "--forbid-pads");
        assertThat(run.err())
                .isEqualTo("dllm4j: padding is forbidden, and the model has none besides its end tokens; allow it\n");
        assertThat(run.exitCode()).isEqualTo(2);
    }

    private static JsonNode settings(String... options) throws IOException {
        String[] arguments = new String[options.length + 3];
        System.arraycopy(new String[] {"generate", QUESTION, "--json"}, 0, arguments, 0, 3);
        System.arraycopy(options, 0, arguments, 3, options.length);
        CommandRun run = surroundings.run(arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out()).get("settings");
    }
}
