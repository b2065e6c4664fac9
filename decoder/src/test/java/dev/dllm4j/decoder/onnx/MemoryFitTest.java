package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.ModelMemory;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryFitTest {
    private static final Shape WIDE = new Shape(Family.LLADA, 2, 64, 4, 2, 96, 97, 256, false, DataType.F32, 11);
    private static final long MEGABYTE = 1_000_000;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "F32 | convert it with --weights int8 or int4",
                "BF16 | convert it with --weights int8 or int4",
                "INT8 | convert its checkpoint with --weights int4",
                "MIXED | choose a smaller model"
            })
    void aModelThatDoesNotFitIsRefusedWithWhatItNeedsWhatThereIsAndARemedy(WeightType type, String remedy) {
        Path model = convert(type);
        long needed = ModelFolder.read(model).memory().openingBytes();
        assertThatThrownBy(() -> OnnxModel.open(model, RuntimeOptions.DEFAULT, () -> OptionalLong.of(needed - 1)))
                .isInstanceOf(ModelException.class)
                .hasMessage(model + " (" + type + " weights) needs " + needed / MEGABYTE + " MB of memory, and "
                        + (needed - 1) / MEGABYTE + " MB can be had; " + remedy
                        + ", close other programs, or open it all the same with --force");
        assertThatCode(() -> OnnxModel.open(model, RuntimeOptions.DEFAULT, () -> OptionalLong.of(needed))
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void itIsOpenedAllTheSameByForceOrWhereMemoryIsNotKnown() {
        Path model = convert(WeightType.F32);
        assertThatCode(() -> OnnxModel.open(model, RuntimeOptions.DEFAULT.forced(), () -> OptionalLong.of(1))
                        .close())
                .doesNotThrowAnyException();
        assertThatCode(() -> OnnxModel.open(model, RuntimeOptions.DEFAULT, OptionalLong::empty)
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void inPassingItNeedsItsLargestPieceAlone() {
        Path model = convert(WeightType.F32);
        ModelMemory memory = ModelFolder.read(model).memory();
        assertThat(memory.passingBytes()).isLessThan(memory.openingBytes());
        assertThatCode(() -> OnnxModel.openInPassing(
                                model, RuntimeOptions.DEFAULT, () -> OptionalLong.of(memory.passingBytes()))
                        .close())
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> OnnxModel.openInPassing(
                        model, RuntimeOptions.DEFAULT, () -> OptionalLong.of(memory.passingBytes() - MEGABYTE)))
                .isInstanceOf(ModelException.class)
                .hasMessage(model + " needs " + memory.passingBytes() / MEGABYTE + " MB of memory, and "
                        + (memory.passingBytes() / MEGABYTE - 1)
                        + " MB can be had; close other programs, or use a machine with more memory");
    }

    /** Whose memory is not the machine's. */
    @Test
    void onACardNothingIsRefused() {
        ModelFolder model = ModelFolder.read(convert(WeightType.F32));
        RuntimeOptions cuda = new RuntimeOptions(Device.parse("cuda"), 0);
        assertThatCode(() -> MemoryFit.require(model, cuda, OptionalLong.of(1))).doesNotThrowAnyException();
    }

    private Path convert(WeightType type) {
        return TinyModels.convert(folder, TinyCheckpoints.write(folder.resolve("checkpoint"), WIDE), type);
    }
}
