package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WholeRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model on an NVIDIA card, where the build has ONNX Runtime's CUDA provider; without it, what the user is told. */
class CudaTest {
    private static final RuntimeOptions CUDA = new RuntimeOptions(Device.parse("cuda:0"), 0);
    private static final double TOLERANCE = 1e-3;

    @TempDir
    private Path folder;

    private static boolean providerIsThere() {
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    }

    private static boolean cardIsThere() {
        return Files.exists(Path.of("/proc/driver/nvidia/version"));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aModelOnTheCardPredictsWhatItPredictsOnTheCpu(Family family) {
        assumeTrue(
                providerIsThere(),
                () -> "no CUDA provider in this build (it has " + OrtEnvironment.getAvailableProviders()
                        + "); build with mvn -Pcuda");
        assumeTrue(cardIsThere(), "no NVIDIA driver on this machine");
        Path model = convert(family);
        try (OnnxModel cpu = OnnxModel.open(model, RuntimeOptions.DEFAULT);
                OnnxModel card = OnnxModel.open(model, CUDA)) {
            WholeRows expectedRows = new WholeRows();
            WholeRows actualRows = new WholeRows();
            Predictions expected = predict(cpu, expectedRows);
            Predictions actual = predict(card, actualRows);
            for (int slot = 0; slot < expected.size(); slot++) {
                for (int token = 0; token < cpu.spec().vocabulary(); token++) {
                    assertThat((double) actualRows.logit(slot, token))
                            .as("logit of token %d at position %d", token, expected.position(slot))
                            .isCloseTo(expectedRows.logit(slot, token), within());
                }
                assertThat((double) actual.confidence(slot)).isCloseTo(expected.confidence(slot), within());
                assertThat((double) actual.entropy(slot)).isCloseTo(expected.entropy(slot), within());
            }
        }
    }

    @Test
    void withoutTheProviderTheRemedyIsSaidInOneLine() {
        assumeFalse(providerIsThere(), "this build has the CUDA provider");
        Path model = convert(Family.LLADA);
        assertThatThrownBy(() -> OnnxModel.open(model, CUDA))
                .isInstanceOf(ModelException.class)
                .hasMessage("device is cuda:0; this build runs on the CPU only, so build with mvn -Pcuda package or use"
                        + " --device cpu");
    }

    @Test
    void withoutACardTheRemedyIsSaidInOneLine() {
        assumeTrue(providerIsThere() && !cardIsThere(), "this build has no CUDA provider, or this machine has a card");
        Path model = convert(Family.LLADA);
        assertThatThrownBy(() -> OnnxModel.open(model, CUDA))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("device is cuda:0; ONNX Runtime cannot use it")
                .hasMessageEndingWith("so try --device cpu")
                .message()
                .as("names the missing library, or the driver's complaint")
                .containsPattern("lib\\w+\\.so\\.\\d+: cannot open|CUDA failure|Failed to parse provider option")
                .hasLineCount(1);
    }

    private Path convert(Family family) {
        return TinyModels.convert(folder, new Shape(family, 3, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11));
    }

    /** Whole rows and statistics of every position of a canvas that is half masks. */
    private static Predictions predict(OnnxModel model, WholeRows whole) {
        ModelSpec spec = model.spec();
        Canvas canvas = new Canvas(IntStream.range(0, 12).toArray(), 12, spec.maskToken());
        Positions rows = new Positions(canvas.length());
        rows.addRange(0, canvas.length());
        Demand demand = new Demand(canvas.length());
        demand.positions().addAll(rows);
        demand.fullRows(whole);
        Predictions predictions = new Predictions();
        model.predict(List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false)));
        return predictions;
    }

    private static Offset<Double> within() {
        return Offset.offset(TOLERANCE);
    }
}
