package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * LLaDA-MoE's part of a layer after attention: a router gives every row a probability for each expert, the row runs
 * through the most probable ones, and their products count as much as their probabilities, which are not scaled to sum to
 * one. What a row chooses is a constant of the step; the router learns through the probabilities.
 *
 * <p>Rows are gathered expert by expert, so that only what is chosen is computed.
 */
record ExpertLayer(Llada model, int layer, Experts experts) {
    /** @param normed {@code [samples, rows, d]} */
    NDArray apply(NDArray normed, RouterWatch watch) {
        NDManager step = normed.getManager();
        NDArray rows = normed.reshape(-1, normed.getShape().get(2));
        NDArray probabilities =
                model.linear(rows, new WeightKey(layer, Role.ROUTER)).softmax(-1);
        RoutedRows routed = RoutedRows.of(numbers(probabilities), experts.count(), experts.active());
        watch.routed(probabilities, routed.experts());
        NDArray products = products(rowsAt(step.create(routed.rows()), rows), routed.counts());
        Shape chosen = new Shape(rows.getShape().get(0), experts.active());
        NDArray weighed = probabilities.gather(step.create(routed.experts(), chosen), 1);
        return rowsAt(step.create(routed.places(), chosen), products)
                .mul(weighed.expandDims(2))
                .sum(new int[] {1})
                .reshape(normed.getShape());
    }

    /** Each expert's products of its own rows. */
    private NDArray products(NDArray gathered, int[] counts) {
        int[] busy = IntStream.range(0, counts.length)
                .filter(expert -> counts[expert] > 0)
                .toArray();
        NDList parts = gathered.split(borders(busy, counts), 0);
        NDList products = new NDList();
        for (int index = 0; index < busy.length; index++) {
            NDArray rows = parts.get(index);
            NDArray gate = linear(rows, busy[index], Role.EXPERT_GATE);
            NDArray up = linear(rows, busy[index], Role.EXPERT_UP);
            products.add(linear(Llada.silu(gate).mul(up), busy[index], Role.EXPERT_DOWN));
        }
        return NDArrays.concat(products, 0);
    }

    private NDArray linear(NDArray rows, int expert, Role role) {
        return model.linear(rows, new WeightKey(layer, role, expert));
    }

    /** Where the rows of an expert end and another's begin. */
    private static long[] borders(int[] busy, int[] counts) {
        long[] borders = new long[busy.length - 1];
        long end = 0;
        for (int index = 0; index < borders.length; index++) {
            end += counts[busy[index]];
            borders[index] = end;
        }
        return borders;
    }

    private static NDArray rowsAt(NDArray indices, NDArray rows) {
        return Embedding.embedding(indices, rows, SparseFormat.DENSE).singletonOrThrow();
    }

    private static double[] numbers(NDArray array) {
        if (array.getDataType() == DataType.FLOAT64) {
            return array.toDoubleArray();
        }
        float[] floats = array.toFloatArray();
        double[] numbers = new double[floats.length];
        Arrays.setAll(numbers, index -> floats[index]);
        return numbers;
    }
}
