package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;

/** Hears what the routers of a forward did, layer by layer. */
@FunctionalInterface
public interface RouterWatch {
    /** Hears nothing. */
    RouterWatch NONE = (probabilities, experts) -> {};

    /**
     * A layer's rows have chosen.
     *
     * @param probabilities {@code [rows, experts]}, of the step, with their gradients
     * @param experts that each row chose, the most probable first, {@code [rows · active]}
     */
    void routed(NDArray probabilities, long[] experts);
}
