package dev.dllm4j.train.adapt;

import ai.djl.ndarray.NDArray;
import dev.dllm4j.train.model.TensorShapes;
import dev.dllm4j.train.model.Weights;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The output matrix's rows of a padding cycle. Training pushes the rows of tokens that never occur all the same way,
 * until no adapter before the matrix can tell them apart; such rows are drawn anew.
 */
final class PadRows {
    /** Cosine of two rows from which on they are taken for alike. */
    private static final double ALIKE = 0.95;

    private PadRows() {}

    /** Draws the cycle's rows anew, as long as the matrix's others are on average, if any two of them are alike. */
    static void tellApart(Weights weights, List<Integer> pads, long seed) {
        NDArray head = weights.get(TensorShapes.head(weights.spec()));
        int width = Math.toIntExact(head.getShape().get(1));
        float[] values = head.toFloatArray();
        if (!alike(values, width, pads)) {
            return;
        }
        double deviation = Math.sqrt(squares(values, 0, values.length) / values.length);
        SplittableRandom random = new SplittableRandom(seed);
        for (int pad : pads) {
            for (int column = 0; column < width; column++) {
                values[pad * width + column] = (float) (deviation * random.nextGaussian());
            }
        }
        head.set(values);
    }

    private static boolean alike(float[] values, int width, List<Integer> pads) {
        for (int first : pads) {
            for (int second : pads) {
                if (first < second && cosine(values, width, first, second) > ALIKE) {
                    return true;
                }
            }
        }
        return false;
    }

    private static double cosine(float[] values, int width, int first, int second) {
        double product = 0;
        for (int column = 0; column < width; column++) {
            product += (double) values[first * width + column] * values[second * width + column];
        }
        return product / Math.sqrt(squares(values, first * width, width) * squares(values, second * width, width));
    }

    private static double squares(float[] values, int from, int count) {
        double sum = 0;
        for (int index = from; index < from + count; index++) {
            sum += (double) values[index] * values[index];
        }
        return sum;
    }
}
