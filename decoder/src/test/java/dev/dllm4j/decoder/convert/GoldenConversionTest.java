package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenConversionTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llada-tiny/f32", "llada-tiny/bf16", "llada-tiny-gqa2/f32", "llada-tiny-gqa2/bf16"})
    void lladaCheckpointsConvert(String name) {
        ModelSpec spec = convert(name, DataType.F32).spec();
        assertThat(spec)
                .isEqualTo(Family.LLADA.spec(
                        320,
                        64,
                        3,
                        4,
                        name.contains("gqa2") ? 2 : 4,
                        16,
                        172,
                        256,
                        5e5,
                        1e-5,
                        319,
                        Set.of(318, 313),
                        Set.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dream-tiny/f32", "dream-tiny/bf16"})
    void dreamCheckpointsConvert(String name) {
        ModelSpec spec = convert(name, DataType.BF16).spec();
        assertThat(spec)
                .isEqualTo(
                        Family.DREAM.spec(320, 64, 3, 4, 2, 16, 172, 256, 1e6, 1e-6, 319, Set.of(318, 313), Set.of()));
    }

    @Test
    void shardsGiveTheSameWeightsAsOneFile() {
        assertThat(convert("llada-tiny/f32-sharded", DataType.F32).file(Converter.WEIGHTS))
                .hasSameBinaryContentAs(convert("llada-tiny/f32", DataType.F32).file(Converter.WEIGHTS));
    }

    @Test
    void matricesRoundedOnTheWayAreTheOnesRoundedBefore() throws IOException {
        assertThat(embedding(convert("dream-tiny/f32", DataType.BF16)))
                .isEqualTo(embedding(convert("dream-tiny/bf16", DataType.BF16)));
    }

    /** The first tensor of the weights file, in two-byte elements. */
    private static byte[] embedding(ModelFolder model) throws IOException {
        try (InputStream weights = Files.newInputStream(model.file(Converter.WEIGHTS))) {
            return weights.readNBytes(model.spec().vocabulary() * model.spec().hidden() * 2);
        }
    }

    private ModelFolder convert(String name, DataType type) {
        Path checkpoint = GoldenFolder.find(name);
        Path output = folder.resolve(name.replace('/', '-'));
        return Converter.convert(
                checkpoint, output, new ConvertOptions(WeightType.valueOf(type.name())), ConvertProgress.SILENT);
    }
}
