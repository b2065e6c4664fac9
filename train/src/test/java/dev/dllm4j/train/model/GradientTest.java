package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.testing.Garbage;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GradientTest {
    private static final long[] STREAMS = {2, 40, 41, 40, 42, WordVocabulary.MASK, WordVocabulary.MASK};

    private final NDManager manager = Torch.open(1);

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<ModelSpec> specs() {
        return Stream.of(Scene.spec(43, 8, 2, 2, 1), Scene.experts(43, 8, 2, 2, 4, 2, 5));
    }

    /** What a row's router chooses is not near another choice at any probe. */
    @ParameterizedTest
    @MethodSource("specs")
    void gradientsAreTheSlopesOfTheLoss(ModelSpec spec) throws InterruptedException {
        Weights weights = Scene.weights(manager, spec, DataType.FLOAT64, 3).trainable();
        Llada model = new Llada(weights);
        for (RowLayout layout : List.of(RowLayout.FULL, Scene.streams())) {
            clearGradients(weights);
            long[] tokens = layout.seen() == null ? Scene.tokens() : STREAMS;
            try (NDManager step = manager.newSubManager();
                    GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray loss = Scene.loss(model, step, tokens, layout);
                Garbage.collect();
                collector.backward(loss);
            }
            Random random = new Random(1);
            for (Map.Entry<String, NDArray> entry : weights.tensors().arrays().entrySet()) {
                double[] slopes = gradient(entry.getValue());
                for (int probe = 0; probe < 4; probe++) {
                    int index = entry.getKey().equals(TensorShapes.outside(spec, Role.EMBEDDING))
                            ? 8 * 40 + random.nextInt(24)
                            : random.nextInt(slopes.length);
                    assertThat(slope(model, entry.getValue(), index, tokens, layout))
                            .as(entry.getKey())
                            .isCloseTo(slopes[index], within(1e-7));
                }
            }
        }
    }

    private double slope(Llada model, NDArray array, int index, long[] tokens, RowLayout layout) {
        double step = 1e-5;
        return (shifted(model, array, index, step, tokens, layout)
                        - shifted(model, array, index, -step, tokens, layout))
                / (2 * step);
    }

    private double shifted(Llada model, NDArray array, int index, double by, long[] tokens, RowLayout layout) {
        double[] values = array.toDoubleArray();
        double[] moved = values.clone();
        moved[index] += by;
        array.set(moved);
        try (NDManager step = manager.newSubManager()) {
            return Scene.loss(model, step, tokens, layout).getDouble();
        } finally {
            array.set(values);
        }
    }

    private static double[] gradient(NDArray array) {
        // Of an expert that no row has chosen, DJL gives float32 zeros.
        try (NDArray gradient = array.getGradient();
                NDArray doubles = gradient.toType(DataType.FLOAT64, true)) {
            return doubles.toDoubleArray();
        }
    }

    private static void clearGradients(Weights weights) {
        weights.tensors().arrays().values().forEach(array -> {
            try (NDArray gradient = array.getGradient()) {
                gradient.muli(0);
            }
        });
    }
}
