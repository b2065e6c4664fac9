package dev.dllm4j.train.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** What one step learns. */
public interface Lesson {
    int samples();

    /**
     * The loss to make smaller, a number.
     *
     * @param step owns what is made on the way
     */
    NDArray loss(NDManager step);
}
