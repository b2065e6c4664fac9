package dev.dllm4j.train.adapt;

import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.run.Lesson;

/** What a model is taught. A step's lesson depends on its number and the progress alone. */
public interface Course {
    /** What a run that goes on must have in common with the one before. */
    String identity();

    /**
     * The lesson of a step.
     *
     * @param step counted from 0
     */
    Lesson at(Llada model, long step, double progress);
}
