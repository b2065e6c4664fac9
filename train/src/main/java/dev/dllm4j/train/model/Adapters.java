package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;

/** What is added to the products of a frozen model's matrices. */
@FunctionalInterface
public interface Adapters {
    /**
     * The product that the model goes on with.
     *
     * @param name of the matrix
     * @param rows what it was multiplied with
     * @param product of both
     */
    NDArray apply(String name, NDArray rows, NDArray product);
}
