package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.dllm4j.decoder.ModelTrial;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.SpecialFiles;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFolderTest {
    @TempDir
    private Path temporary;

    private ModelFolder model;

    @BeforeEach
    void convert() {
        Path checkpoint = TinyCheckpoints.write(temporary.resolve("checkpoint"), Shape.dream());
        model = Converter.convert(
                checkpoint, temporary.resolve("model"), new ConvertOptions(WeightType.F16), ConvertProgress.SILENT);
    }

    @Test
    void whatWasWrittenIsRead() {
        assertThat(ModelFolder.read(model.path())).isEqualTo(model);
        assertThat(model.spec())
                .isEqualTo(HfConfig.read(temporary.resolve("checkpoint")).spec());
        assertThat(model.weights().type()).isEqualTo(WeightType.F16);
        assertThat(model.weights().matrices().values()).containsOnly(MatrixType.F16);
    }

    @Test
    void theHashIsTheModelsWhereverItLies() throws IOException {
        Path moved = Files.move(model.path(), temporary.resolve("moved"));
        assertThat(ModelFolder.read(moved).hash()).isEqualTo(model.hash()).hasSize(64);
        ModelFolder other = Converter.convert(
                TinyCheckpoints.write(temporary.resolve("other"), Shape.dream().seed(2)),
                temporary.resolve("other-model"),
                new ConvertOptions(WeightType.F16),
                ConvertProgress.SILENT);
        assertThat(other.hash()).isNotEqualTo(model.hash());
    }

    @Test
    void verifyingFindsAFlippedBit() throws IOException {
        model.verify();
        Path weights = model.file(Converter.WEIGHTS);
        byte[] bytes = Files.readAllBytes(weights);
        bytes[100] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> ModelFolder.read(model.path()).verify())
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("weights.bin", "SHA-256", "; ");
    }

    @Test
    void aGraphThatWasChangedIsFoundAtOpening() throws IOException {
        Path graph = model.file("layer-001-mix.onnx");
        byte[] bytes = Files.readAllBytes(graph);
        bytes[bytes.length / 2] ^= 1;
        Files.write(graph, bytes);
        assertThatThrownBy(() -> OnnxModel.open(model.path(), RuntimeOptions.DEFAULT))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("layer-001-mix.onnx is not the file that was converted", "SHA-256", "convert");
    }

    @ParameterizedTest
    @CsvSource({"4, 4", "1, 16"})
    void headsThatTheGraphsDoNotHaveAreFoundAtOpening(int heads, int headWidth) throws IOException {
        ModelFolder even = Converter.convert(
                TinyCheckpoints.write(temporary.resolve("even"), Shape.llada()),
                temporary.resolve("even-model"),
                ConvertOptions.defaults(),
                ConvertProgress.SILENT);
        JsonEdit.change(
                even.file(Manifest.NAME),
                json -> json.withObject("model")
                        .put("heads", heads)
                        .put("kvHeads", heads)
                        .put("headWidth", headWidth)
                        .withObject("rotary")
                        .put("width", headWidth));
        assertThatThrownBy(() -> OnnxModel.open(even.path(), RuntimeOptions.DEFAULT))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(".onnx has", "sizes", "dllm4j.json asks for", "convert");
    }

    @Test
    void verifyingComparesTheMaskWithTheTokenizers() throws IOException {
        JsonEdit.change(
                model.file(Manifest.NAME), json -> json.withObject("model").put("maskToken", 3));
        assertThatThrownBy(() -> ModelFolder.read(model.path()).verify())
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("dllm4j.json says mask token 3", "tokenizer_config.json", "convert");
    }

    @Test
    void filesThatAreNotListedDoNotMatter() throws IOException {
        Files.writeString(model.file("filter.safetensors"), "learned later");
        assertThat(ModelFolder.read(model.path())).isEqualTo(model);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void aFolderThatIsNoCompleteModelIsRefusedInOneLine(String name, Damage damage, String[] says) throws IOException {
        damage.to(model.path());
        assertThatThrownBy(() -> ModelFolder.read(model.path()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(says)
                .hasMessageContaining("; ")
                .hasMessageNotContaining("\n");
    }

    static Stream<Arguments> aFolderThatIsNoCompleteModelIsRefusedInOneLine() {
        return Stream.of(
                damage(
                        "a family of another version",
                        folder -> JsonEdit.change(
                                folder.resolve(Manifest.NAME),
                                json -> json.withObject("model").put("family", "mamba")),
                        "dllm4j.json: family is \"mamba\"",
                        "llada, llada_moe",
                        "convert"),
                damage(
                        "no manifest",
                        folder -> Files.delete(folder.resolve(Manifest.NAME)),
                        "dllm4j.json",
                        "dllm4j convert"),
                damage(
                        "manifest cut",
                        folder -> Edit.resize(folder.resolve(Manifest.NAME), -2),
                        "dllm4j.json is not valid JSON"),
                manifest("later format", "format", "7", "format is 7", "reads 6", "dllm4j convert"),
                manifest("no format", "format", "null", "format is null", "reads 6"),
                manifest("no model", "model", "null", "dllm4j.json", "model", "dllm4j convert"),
                manifest(
                        "odd weights",
                        "weights",
                        "{\"type\": \"F8\", \"matrices\": {}}",
                        "dllm4j.json",
                        "F8",
                        "dllm4j convert"),
                manifest("odd field", "colour", "1", "dllm4j.json", "colour"),
                manifest(
                        "files elsewhere",
                        "files",
                        "{\"../x\": {\"bytes\": 1, \"sha256\": \"" + "0".repeat(64) + "\"}}",
                        "../x",
                        "not there"),
                damage(
                        "odd heads",
                        folder -> JsonEdit.change(
                                folder.resolve(Manifest.NAME),
                                json -> json.withObject("model").put("heads", 0)),
                        "dllm4j.json",
                        "heads is 0; it must be positive"),
                sight(
                        "blocks longer than numbers",
                        "{\"kind\": \"block-causal\", \"length\": 2147483647, \"origin\": \"ANSWER\"}",
                        "block length is 2147483647; it must be within [1, 16777216]"),
                sight(
                        "a reach beyond numbers",
                        "{\"kind\": \"alternating\", \"reach\": 2147483647, \"globalEvery\": 3}",
                        "reach is 2147483647; it must be within [0, 16777216]"),
                sight(
                        "no layer that sees everything",
                        "{\"kind\": \"alternating\", \"reach\": 64, \"globalEvery\": 0}",
                        "globalEvery is 0; it must be at least 1"),
                sight("a sight of another version", "{\"kind\": \"causal\"}", "causal", "block-causal"),
                sight("no sight", "null", "sight"),
                model("more layers", "layers", 3, "does not list layer-002-project.onnx", "convert"),
                model("a billion layers", "layers", 1_000_000_000, "layers is 1000000000", "at most 1000"),
                model("a larger vocabulary", "vocabulary", 33, "weights.bin has", "bytes; the model in dllm4j.json"),
                damage(
                        "another family",
                        folder -> JsonEdit.change(
                                folder.resolve(Manifest.NAME),
                                json -> json.withObject("model").put("family", "llada")),
                        "weights.bin has",
                        "the model in dllm4j.json"),
                damage(
                        "a hash of nothing",
                        folder -> JsonEdit.change(
                                folder.resolve(Manifest.NAME),
                                json -> json.withObject("files")
                                        .withObject("embed.onnx")
                                        .put("sha256", "0")),
                        "dllm4j.json",
                        "64 hex digits"),
                damage(
                        "manifest a pipe",
                        folder -> SpecialFiles.pipe(folder.resolve(Manifest.NAME)),
                        "dllm4j.json is a pipe"),
                damage(
                        "weights a pipe",
                        folder -> SpecialFiles.pipe(folder.resolve(Converter.WEIGHTS)),
                        "weights.bin is a pipe"),
                damage(
                        "no graph",
                        folder -> Files.delete(folder.resolve("embed.onnx")),
                        "embed.onnx",
                        "not there",
                        "convert"),
                damage(
                        "weights cut",
                        folder -> Edit.resize(folder.resolve(Converter.WEIGHTS), -1),
                        "weights.bin has",
                        "says",
                        "convert"));
    }

    /** No number of experts, router or bound in a manifest lets a graph read past a buffer, or fail without a word. */
    @ParameterizedTest(name = "{0}")
    @MethodSource
    void aManifestWithOtherExpertsThanTheGraphsIsRefusedInOneLine(
            String name, String field, String value, String[] says) throws IOException {
        Path folder = experts("experts");
        JsonEdit.change(folder.resolve(Manifest.NAME), json -> {
            ObjectNode experts = json.withObject("model").withObject("feedForward");
            ObjectNode owner = switch (name.substring(0, name.indexOf(':'))) {
                case "model" -> json.withObject("model");
                case "router" -> experts.withObject("router");
                default -> experts;
            };
            assertThat(owner.has(field)).isTrue();
            owner.putRawValue(field, new RawValue(value));
        });
        assertThatThrownBy(() -> OnnxModel.open(folder, RuntimeOptions.DEFAULT).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(says)
                .hasMessageContaining("; ")
                .hasMessageNotContaining("\n");
    }

    static Stream<Arguments> aManifestWithOtherExpertsThanTheGraphsIsRefusedInOneLine() {
        return Stream.of(
                Arguments.of("experts: more a row", "active", "4", new String[] {"experts.onnx has input places", "4"}),
                Arguments.of(
                        "experts: fewer a row", "active", "2", new String[] {"experts.onnx has input places", "2"}),
                Arguments.of("experts: none a row", "active", "0", new String[] {"0 of 6", "at least 1"}),
                Arguments.of("experts: more than all", "active", "7", new String[] {"7 of 6", "at most all"}),
                Arguments.of("experts: more", "count", "12", new String[] {"weights.bin has"}),
                Arguments.of(
                        "experts: a million", "count", "1000000", new String[] {"1000000 experts", "at most 4096"}),
                Arguments.of("experts: none", "count", "0", new String[] {"0 experts", "at least 1"}),
                Arguments.of("experts: wider", "expertWidth", "1100", new String[] {"weights.bin has"}),
                Arguments.of("experts: wide", "expertWidth", "2147483647", new String[] {"expertWidth", "at most"}),
                Arguments.of("experts: nothing shared", "sharedWidth", "0", new String[] {"weights.bin has"}),
                Arguments.of("experts: negative", "sharedWidth", "-1", new String[] {"sharedWidth is -1"}),
                Arguments.of("experts: all dense", "denseLayers", "3", new String[] {"layer-001-mix.onnx"}),
                Arguments.of("experts: none dense", "denseLayers", "0", new String[] {"layer-000-route.onnx"}),
                Arguments.of("experts: minus one dense", "denseLayers", "-1", new String[] {"denseLayers is -1"}),
                Arguments.of("experts: dense of no width", "denseWidth", "0", new String[] {"denseWidth is 0"}),
                Arguments.of("experts: no router", "router", "null", new String[] {"router", "convert"}),
                Arguments.of(
                        "experts: of softmax", "router", "{\"kind\": \"softmax\", \"biased\": false}", new String[] {
                            "weights.bin has"
                        }),
                Arguments.of(
                        "experts: of another kind", "router", "{\"kind\": \"hash\"}", new String[] {"hash", "softmax"}),
                Arguments.of("router: uneven groups", "groups", "4", new String[] {"4 groups of 6 experts"}),
                Arguments.of("router: no groups", "groups", "0", new String[] {"0 groups"}),
                Arguments.of("router: more kept", "keptGroups", "4", new String[] {"keeps 4"}),
                Arguments.of("router: too few kept", "keptGroups", "1", new String[] {"groups kept have 2"}),
                Arguments.of("router: no scale", "scale", "0", new String[] {"scale is 0.0"}),
                Arguments.of("router: no number", "scale", "\"NaN\"", new String[] {"scale is NaN"}),
                Arguments.of("model: below nothing", "clip", "-1", new String[] {"clip is -1.0"}),
                Arguments.of("model: not bounded", "clip", "\"Infinity\"", new String[] {"clip is Infinity"}));
    }

    /** Groups and scale are the manifest's alone: what says otherwise is another model, whose answers are numbers. */
    @Test
    void aManifestWithOtherGroupsChoosesOtherwiseAndRuns() throws IOException {
        Path folder = experts("grouped");
        JsonEdit.change(
                folder.resolve(Manifest.NAME),
                json -> json.withObject("model")
                        .withObject("feedForward")
                        .withObject("router")
                        .put("groups", 1)
                        .put("keptGroups", 1));
        ModelFolder.read(folder).verifyGraphs();
        new ModelTrial(warning -> {}).model(folder);
    }

    private Path experts(String name) {
        Path checkpoint = TinyFamilies.llada2(temporary.resolve(name));
        return Converter.convert(
                        checkpoint,
                        temporary.resolve(name + "-model"),
                        ConvertOptions.defaults(),
                        ConvertProgress.SILENT)
                .path();
    }

    private static Arguments model(String name, String field, int value, String... says) {
        return damage(
                name,
                folder -> JsonEdit.change(
                        folder.resolve(Manifest.NAME),
                        json -> json.withObject("model").put(field, value)),
                says);
    }

    private static Arguments sight(String name, String value, String... says) {
        return damage(
                name,
                folder -> JsonEdit.change(
                        folder.resolve(Manifest.NAME),
                        json -> json.withObject("model").putRawValue("sight", new RawValue(value))),
                says);
    }

    private static Arguments manifest(String name, String field, String value, String... says) {
        return damage(
                name,
                folder -> JsonEdit.change(
                        folder.resolve(Manifest.NAME), json -> json.putRawValue(field, new RawValue(value))),
                says);
    }

    private static Arguments damage(String name, Damage damage, String... says) {
        return Arguments.of(name, damage, says);
    }

    private interface Damage {
        void to(Path folder) throws IOException;
    }
}
