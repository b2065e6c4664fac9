package dev.dllm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.unmask.FilterNetwork;
import dev.dllm4j.models.BundledModel;
import dev.dllm4j.train.model.HfFolder;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.model.Weights;
import dev.dllm4j.train.words.TokenizerFiles;
import dev.dllm4j.train.words.WordVocabulary;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that start from a model, on the bundled starter and on checkpoints of other makers. */
class DerivedCommandsTest {
    @TempDir
    Path folder;

    private Path data = Path.of("");

    @BeforeEach
    void writeProblems() throws IOException {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(BundledModel.STARTER.questions(), UTF_8))) {
            data = Files.write(
                    folder.resolve("data.jsonl"), lines.lines().limit(8).toList());
        }
    }

    @Test
    void rainbowGivesAModelWithPadsOfItsOwn() {
        Path out = folder.resolve("rainbow");
        assertThat(run("rainbow", "--out", out, "--data", data, "--steps", 2, "--rows", 256))
                .contains("memory: about", "100 %, step 2, loss ", out + ": 2 steps, ", "rank=32, alpha=64.0");
        assertThat(HfCheckpoint.open(out).spec().padTokens()).hasSize(7);
        assertThat(run("end-share", "--model", out, "--data", data, "--gen-length", 16, "--problems", 2))
                .contains("% <eos> and", "2 problems");
    }

    @Test
    void certaintyTeachesAModelItsOwnAnswersAndMeasuresBeforeAndAfter() throws IOException {
        Path out = folder.resolve("certainty");
        assertThat(run(
                        "certainty",
                        "--out",
                        out,
                        "--data",
                        data,
                        "--answers",
                        6,
                        "--gen-length",
                        64,
                        "--steps",
                        2,
                        "--rows",
                        256,
                        "--strategy",
                        "threshold(0.9)"))
                .contains("6 of 6 answers", out + ": 2 steps, ", "before: mean entropy", "after: mean entropy");
        List<String> answers = Files.readAllLines(out.resolve("answers.jsonl"));
        assertThat(run("certainty", "--out", out, "--answers", 6, "--steps", 3, "--rows", 256, "--resume"))
                .contains(out + ": 3 steps, ")
                .doesNotContain("6 of 6 answers");
        assertThat(out.resolve("answers.jsonl")).content().isEqualTo(String.join("\n", answers) + "\n");
    }

    @Test
    void aFilterIsTrainedForAModelAndKnowsWhich() {
        Path out = folder.resolve("filter.safetensors");
        assertThat(run(
                        "filter",
                        "--out",
                        out,
                        "--data",
                        data,
                        "--gen-length",
                        64,
                        "--block-length",
                        16,
                        "--problems",
                        6,
                        "--updates",
                        50,
                        "--accept",
                        0.9))
                .contains("12 of 12 decodings", "50 updates", "held out, masked positions: precision");
        FilterNetwork network = FilterNetwork.read(out);
        assertThat(network.width()).isEqualTo(16);
        assertThat(network.threshold()).hasValue(0.9);
        assertThat(network.modelHash().orElse("")).hasSize(64);
        assertThat(run("filter", "--out", out)).contains("which exists; name a new file");
    }

    @Test
    void aModelOfBlocksIsMeasuredAndGetsAFilterInItsOwnBlocksAndHasNoAdapters() {
        Object[] measured = {"end-share", "--model", "starter-blocks", "--data", data, "--gen-length", 16};
        assertThat(run(with(measured, "--problems", 2)))
                .startsWith("starter-blocks, blocks(8,from=start), gen 16: ")
                .contains("% <eos> and", "2 problems");
        assertThat(run(with(measured, "--problems", 2, "--block-length", 16)))
                .startsWith("starter-blocks, blocks(16,from=start), gen 16: ");
        assertThat(run(with(measured, "--block-length", 5)))
                .contains("dllm4j: block length is 5 and the model's blocks have 8 positions; one must be a multiple");

        Path out = folder.resolve("filter.safetensors");
        Object[] filter = {"filter", "--model", "starter-blocks", "--data", data, "--out", out, "--problems", 4};
        assertThat(run(with(filter, "--gen-length", 32, "--updates", 20)))
                .contains("8 of 8 decodings", "20 updates", "held out, masked positions: precision");
        assertThat(FilterNetwork.read(out).width()).isEqualTo(8);

        for (String command : List.of("rainbow", "certainty")) {
            assertThat(run(command, "--model", "starter-blocks", "--out", folder.resolve("a"), "--steps", 1))
                    .startsWith("dllm4j: the model's rows see blocks of 8 from the start; ")
                    .endsWith("train starter --init MODEL --attention block-causal\n")
                    .hasLineCount(1);
        }
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void aModelWithExpertsIsMeasuredAndGetsAFilterAndHasNoAdapters() {
        Path model = folder.resolve("experts");
        Object[] starter = {"starter", "--out", model, "--width", 16, "--layers", 1, "--heads", 2, "--experts", 4};
        assertThat(run(with(starter, "--feed-forward", 16, "--rows", 256, "--steps", 2)))
                .contains(model + ": 2 steps, ");
        Object[] measured = {"end-share", "--model", model, "--data", data, "--gen-length", 16, "--problems", 2};
        assertThat(run(measured)).contains("% <eos> and", "2 problems");

        Path out = folder.resolve("filter.safetensors");
        Object[] filter = {"filter", "--model", model, "--data", data, "--out", out, "--problems", 8};
        assertThat(run(with(filter, "--gen-length", 32, "--block-length", 8, "--updates", 20)))
                .contains("16 of 16 decodings", "20 updates");

        for (String command : List.of("rainbow", "certainty")) {
            assertThat(run(command, "--model", model, "--out", folder.resolve("a"), "--steps", 1))
                    .endsWith(
                            "is a checkpoint of another family, llada_moe; adapters are trained on llada only, choose such"
                                    + " a checkpoint\n")
                    .hasLineCount(1);
        }
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void aCheckpointOfAnotherMakerIsAdaptedWithItsOwnTokenizer() throws IOException {
        Path foreign = GoldenFolder.find("llada-tiny/f32-sharded");
        Path own = Files.writeString(
                folder.resolve("own.jsonl"), "{\"question\": \"two and two?\", \"answer\": \"2 + 2 = 4\\n#### 4\"}\n");
        Path out = folder.resolve("foreign");
        assertThat(run("rainbow", "--model", foreign, "--out", out, "--data", own, "--steps", 1, "--rows", 256))
                .contains("pads is 7 and the tokenizer has no token <|pad_0|>");
        assertThat(run(
                        "rainbow",
                        "--model",
                        foreign,
                        "--out",
                        out,
                        "--data",
                        own,
                        "--steps",
                        1,
                        "--rows",
                        256,
                        "--first-pad",
                        302))
                .contains(out + ": 1 steps, ", "pads [302, 303, 304, 305, 306, 307, 308]");
        assertThat(out.resolve("tokenizer.json")).hasSameBinaryContentAs(foreign.resolve("tokenizer.json"));
        assertThat(HfCheckpoint.open(out).spec().layers()).isEqualTo(3);
    }

    /** Its config.json is the merged checkpoint's, so that the key is met again where that is opened. */
    @Test
    void anUnknownKeyIsRefusedUnlessItIsIgnored() throws IOException {
        Path model = folder.resolve("model");
        BundledModel.STARTER.extract(model);
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"logit_scale\": 2,"));
        Path out = folder.resolve("certainty");
        Object[] refused = {"certainty", "--model", model, "--out", out, "--data", data, "--steps", 1, "--rows", 256};
        assertThat(run(refused))
                .contains("logit_scale is 2", "--ignore-config logit_scale")
                .hasLineCount(1);
        assertThat(run(ignoring(refused, "--answers", 4, "--gen-length", 64)))
                .contains(out + ": 1 steps, ", "after: mean entropy");
        Object[] measured = {"end-share", "--model", out, "--data", data, "--gen-length", 16, "--problems", 2};
        assertThat(run(measured)).contains("--ignore-config logit_scale");
        assertThat(run(ignoring(measured))).contains("% <eos> and");
        Object[] rainbow = {"rainbow", "--model", model, "--out", folder.resolve("r"), "--data", data, "--steps", 1};
        assertThat(run(ignoring(rainbow, "--rows", 256))).contains(": 1 steps, ");
    }

    @Test
    void anythingElseIsRefusedInOneLine() throws IOException {
        Path out = folder.resolve("out");
        Path dream = TinyCheckpoints.write(folder.resolve("dream"), TinyCheckpoints.Shape.dream());
        assertThat(run("certainty", "--model", dream, "--out", out, "--steps", 1)
                        .lines())
                .singleElement()
                .asString()
                .contains("is a checkpoint of another family, dream; adapters are trained on llada only");
        assertThat(run("rainbow", "--model", "nope", "--out", out, "--steps", 1).lines())
                .singleElement()
                .asString()
                .isEqualTo("dllm4j: model is nope; it must be a folder or the name of a bundled model, "
                        + Arrays.toString(BundledModel.values()));
        assertThat(out).doesNotExist();
    }

    @Test
    void generatedProblemsAreRefusedWhereTheModelLacksTheirWords() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        ModelSpec spec = Family.LLADA.spec(
                60, 8, 1, 2, 2, 4, 8, 256, 1e4, 1e-5, WordVocabulary.MASK, Set.of(WordVocabulary.END), Set.of());
        TokenizerFiles.write(WordVocabulary.of(Set.of("Tom")), model);
        try (NDManager manager = Torch.open(1)) {
            HfFolder.write(model, Weights.random(manager, spec, DataType.FLOAT32, 1));
        }
        String refusal = "which is outside the model's vocabulary; give problems of your own, --data FILE";
        assertThat(run("rainbow", "--model", model, "--out", folder.resolve("out"), "--steps", 1))
                .contains(refusal);
        assertThat(run("filter", "--model", model, "--out", folder.resolve("out")))
                .contains(refusal);
        assertThat(run("end-share", "--model", model)).contains("starter, problem 1: it has a word outside");
    }

    private static Object[] ignoring(Object[] arguments, Object... others) {
        return with(with(arguments, others), "--ignore-config", "logit_scale");
    }

    private static Object[] with(Object[] arguments, Object... others) {
        return Stream.of(arguments, others).flatMap(Stream::of).toArray();
    }

    private static String run(Object... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(bytes, true, UTF_8);
        List<String> texts = new ArrayList<>();
        Stream.of(arguments).map(String::valueOf).forEach(texts::add);
        Main.execute(print, print, texts.toArray(String[]::new));
        return bytes.toString(UTF_8);
    }
}
