package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checkpoints whose experts lie in two tensors a layer, as dInfer saves them. */
class FusedExpertsTest {
    private static final String GATES = "model.layers.1.mlp.w1";
    private static final String DOWNS = "model.layers.1.mlp.w2";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(DataType.class)
    void theyConvertToTheBytesOfSeparateOnes(DataType type) throws IOException {
        for (Path checkpoint :
                List.of(TinyFamilies.lladaMoe(folder.resolve("moe")), TinyFamilies.llada2(folder.resolve("two")))) {
            Path separate = weights(checkpoint, type, "separate");
            FusedExperts.fuse(checkpoint, 1, 2);
            assertThat(shape(checkpoint, GATES)).isIn(List.of(5L, 22L, 36L), List.of(6L, 22L, 36L));
            assertThat(shape(checkpoint, DOWNS)).isIn(List.of(5L, 36L, 11L), List.of(6L, 36L, 11L));
            assertThat(weights(checkpoint, type, "fused")).hasSameBinaryContentAs(separate);
        }
    }

    @Test
    void aLayerMayHaveThemTogetherAndAnotherEachByItself() throws IOException {
        Path checkpoint = TinyFamilies.lladaMoe(folder.resolve("checkpoint"));
        Path separate = weights(checkpoint, DataType.F32, "separate");
        FusedExperts.fuse(checkpoint, 2);
        assertThat(weights(checkpoint, DataType.F32, "fused")).hasSameBinaryContentAs(separate);
    }

    @Test
    void whatIsTrainedOnReadsThemTheSame() throws IOException {
        Path checkpoint = TinyFamilies.lladaMoe(folder.resolve("checkpoint"));
        HfCheckpoint separate = HfCheckpoint.open(checkpoint);
        List<String> names =
                List.of("1.mlp.experts.0.gate_proj", "1.mlp.experts.4.up_proj", "2.mlp.experts.3.down_proj");
        List<float[]> values =
                names.stream().map(name -> values(separate, name)).toList();
        FusedExperts.fuse(checkpoint, 1, 2);
        HfCheckpoint fused = HfCheckpoint.open(checkpoint);
        assertThat(names.stream().map(name -> values(fused, name)).toList()).containsExactlyElementsOf(values);
    }

    @Test
    void aLayerWithBothIsRefused() throws IOException {
        assertRefused(
                header -> {
                    ObjectNode norm = header.withObject("model.norm.weight");
                    header.set("model.layers.1.mlp.experts.0.gate_proj.weight", norm.deepCopy());
                    header.remove("model.norm.weight");
                },
                "has both model.layers.1.mlp.experts.0.gate_proj.weight and " + GATES,
                "keep one of them");
    }

    @Test
    void aTensorOfFewerExpertsOrRowsIsRefused() throws IOException {
        assertRefused(
                header -> header.withObject(GATES)
                        .putArray("shape")
                        .add(10)
                        .add(11)
                        .add(36),
                GATES + " has shape [10, 11, 36]; config.json asks for [5, 22, 36]");
        assertRefused(
                header -> header.withObject(DOWNS).putArray("shape").add(180).add(11),
                DOWNS + " has shape [180, 11]; config.json asks for [5, 36, 11]");
    }

    @Test
    void aLayerWithoutItsDownsIsRefusedByTheNameItsAuthorsGiveThem() throws IOException {
        assertRefused(
                header -> header.set("other", header.remove(DOWNS)),
                "has no tensor model.layers.1.mlp.experts.0.down_proj.weight",
                "experts in config.json");
    }

    private void assertRefused(Consumer<ObjectNode> change, String... says) throws IOException {
        Path checkpoint = TinyFamilies.lladaMoe(folder.resolve("refused"));
        FusedExperts.fuse(checkpoint, 1, 2);
        Edit.header(checkpoint.resolve(Checkpoint.SINGLE), change);
        Path output = folder.resolve("model");
        assertThatThrownBy(
                        () -> Converter.convert(checkpoint, output, ConvertOptions.defaults(), ConvertProgress.SILENT))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(says)
                .hasMessageNotContaining("\n");
        assertThat(output).doesNotExist();
    }

    private Path weights(Path checkpoint, DataType type, String name) {
        Path output = folder.resolve(checkpoint.getFileName() + "-" + name);
        return Converter.convert(
                        checkpoint, output, new ConvertOptions(WeightType.valueOf(type.name())), ConvertProgress.SILENT)
                .file(Converter.WEIGHTS);
    }

    private static List<Long> shape(Path checkpoint, String tensor) {
        return SafeTensors.read(checkpoint.resolve(Checkpoint.SINGLE)).stream()
                .filter(candidate -> candidate.name().equals(tensor))
                .findFirst()
                .orElseThrow()
                .shape();
    }

    private static float[] values(HfCheckpoint checkpoint, String name) {
        return checkpoint.values("model.layers." + name + ".weight");
    }
}
