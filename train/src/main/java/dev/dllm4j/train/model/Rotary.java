package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelSpec;

/**
 * Rotary embedding of rows.
 *
 * @param cosines {@code [samples or 1, 1, rows, head width]}, times a scale
 * @param sines likewise
 */
record Rotary(NDArray cosines, NDArray sines) {
    /**
     * @param positions of the rows, {@code [samples or 1][rows]}
     */
    static Rotary of(NDManager manager, ModelSpec spec, long[][] positions, double scale, DataType type) {
        int width = spec.headWidth();
        int rows = positions[0].length;
        double[] frequencies = new double[width];
        for (int lane = 0; lane < width; lane++) {
            frequencies[lane] = Math.pow(spec.rotary().theta(), -2.0 * (lane % (width / 2)) / width);
        }
        double[] cosines = new double[positions.length * rows * width];
        double[] sines = new double[cosines.length];
        for (int index = 0; index < cosines.length; index++) {
            long position = positions[index / width / rows][index / width % rows];
            double angle = position * frequencies[index % width];
            cosines[index] = scale * Math.cos(angle);
            sines[index] = scale * Math.sin(angle);
        }
        Shape shape = new Shape(positions.length, 1, rows, width);
        return new Rotary(
                manager.create(cosines, shape).toType(type, false),
                manager.create(sines, shape).toType(type, false));
    }

    /** Turns rows {@code [batch, heads, positions, head width]}. */
    NDArray turn(NDArray rows) {
        NDList halves = rows.split(2, 3);
        NDArray turned = NDArrays.concat(new NDList(halves.get(1).neg(), halves.get(0)), 3);
        return rows.mul(cosines).add(turned.mul(sines));
    }
}
