package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExpertLayerTest {
    private static final int HIDDEN = 4;
    private static final String LAYER = "model.layers.0.mlp.";

    private final NDManager manager = Torch.open(1);

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void aRowIsTheSumOfItsExpertsAsProbableAsTheyAre() {
        for (int active : new int[] {1, 2, 5}) {
            ModelSpec spec = Scene.experts(43, HIDDEN, 1, 1, 5, active, 3);
            Weights weights = Scene.weights(manager, spec, DataType.FLOAT64, 3);
            double[][] rows = rows(new Random(1), 6);
            List<long[]> chosen = new ArrayList<>();
            try (NDManager step = manager.newSubManager()) {
                NDArray given = step.create(rows).reshape(2, 3, HIDDEN);
                NDArray got = new ExpertLayer(new Llada(weights), 0, (Experts) spec.feedForward())
                        .apply(given, (probabilities, experts) -> chosen.add(experts));
                assertThat(got.getShape()).isEqualTo(new Shape(2, 3, HIDDEN));
                double[] numbers = got.toDoubleArray();
                for (int row = 0; row < rows.length; row++) {
                    double[] expected = layer(weights, rows[row], active);
                    for (int column = 0; column < HIDDEN; column++) {
                        assertThat(numbers[row * HIDDEN + column]).isCloseTo(expected[column], within(1e-12));
                    }
                }
            }
            assertThat(chosen).hasSize(1);
            assertThat(chosen.get(0)).hasSize(6 * active);
        }
    }

    @Test
    void allRowsMayGoToOneExpert() {
        ModelSpec spec = Scene.experts(43, HIDDEN, 1, 1, 5, 1, 3);
        Weights weights = Scene.weights(manager, spec, DataType.FLOAT64, 3);
        double[] row = rows(new Random(1), 1)[0];
        try (NDManager step = manager.newSubManager()) {
            double[] got = new ExpertLayer(new Llada(weights), 0, (Experts) spec.feedForward())
                    .apply(step.create(new double[][] {row, row}).reshape(1, 2, HIDDEN), RouterWatch.NONE)
                    .toDoubleArray();
            double[] expected = layer(weights, row, 1);
            for (int index = 0; index < got.length; index++) {
                assertThat(got[index]).isCloseTo(expected[index % HIDDEN], within(1e-12));
            }
        }
    }

    /** The same in plain loops. */
    private static double[] layer(Weights weights, double[] row, int active) {
        double[] scores = product(weights, LAYER + "gate.weight", row);
        double sum = 0;
        for (double score : scores) {
            sum += Math.exp(score);
        }
        double[] result = new double[row.length];
        boolean[] taken = new boolean[scores.length];
        for (int choice = 0; choice < active; choice++) {
            int best = -1;
            for (int expert = 0; expert < scores.length; expert++) {
                if (!taken[expert] && (best < 0 || scores[expert] > scores[best])) {
                    best = expert;
                }
            }
            taken[best] = true;
            String expert = LAYER + "experts." + best + ".";
            double[] gate = product(weights, expert + "gate_proj.weight", row);
            double[] inner = product(weights, expert + "up_proj.weight", row);
            for (int lane = 0; lane < inner.length; lane++) {
                inner[lane] *= gate[lane] / (1 + Math.exp(-gate[lane]));
            }
            double[] down = product(weights, expert + "down_proj.weight", inner);
            for (int column = 0; column < result.length; column++) {
                result[column] += Math.exp(scores[best]) / sum * down[column];
            }
        }
        return result;
    }

    private static double[] product(Weights weights, String name, double[] row) {
        double[] matrix = weights.get(name).toDoubleArray();
        double[] product = new double[matrix.length / row.length];
        for (int output = 0; output < product.length; output++) {
            for (int input = 0; input < row.length; input++) {
                product[output] += matrix[output * row.length + input] * row[input];
            }
        }
        return product;
    }

    private static double[][] rows(Random random, int count) {
        double[][] rows = new double[count][];
        for (int row = 0; row < count; row++) {
            rows[row] = random.doubles(HIDDEN, -2, 2).toArray();
        }
        return rows;
    }
}
