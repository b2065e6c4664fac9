package dev.dllm4j.decoder.testing;

import java.util.Arrays;

/** What the parts of the reference have in common. */
final class ReferenceMath {
    private ReferenceMath() {}

    /** An {@code [out, in]} matrix times a row. */
    static double[] product(double[] matrix, double[] row) {
        double[] result = new double[matrix.length / row.length];
        for (int out = 0; out < result.length; out++) {
            for (int in = 0; in < row.length; in++) {
                result[out] += matrix[out * row.length + in] * row[in];
            }
        }
        return result;
    }

    /** SwiGLU: the gate's silu, x·sigmoid(x), times the other projection. */
    static double[] gated(double[] gate, double[] up, double[] down, double[] row) {
        double[] opened = product(gate, row);
        double[] beside = product(up, row);
        double[] inner = new double[opened.length];
        Arrays.setAll(inner, i -> opened[i] * sigmoid(opened[i]) * beside[i]);
        return product(down, inner);
    }

    static double sigmoid(double value) {
        return 1 / (1 + Math.exp(-value));
    }
}
