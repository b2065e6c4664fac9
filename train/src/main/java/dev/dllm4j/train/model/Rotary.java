package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelSpec;

/**
 * Rotary embedding of the first positions.
 *
 * @param cosines {@code [positions, head width]}, times a scale
 * @param sines likewise
 */
record Rotary(NDArray cosines, NDArray sines) {
    static Rotary of(NDManager manager, ModelSpec spec, int positions, double scale, DataType type) {
        int width = spec.headWidth();
        double[] cosines = new double[positions * width];
        double[] sines = new double[positions * width];
        for (int position = 0; position < positions; position++) {
            for (int lane = 0; lane < width; lane++) {
                double frequency = Math.pow(spec.ropeTheta(), -2.0 * (lane % (width / 2)) / width);
                cosines[position * width + lane] = scale * Math.cos(position * frequency);
                sines[position * width + lane] = scale * Math.sin(position * frequency);
            }
        }
        Shape shape = new Shape(positions, width);
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
