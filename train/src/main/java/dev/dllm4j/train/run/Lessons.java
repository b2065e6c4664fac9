package dev.dllm4j.train.run;

/** The lesson of every step. It depends on its arguments alone, so that a resumed run goes on as before. */
@FunctionalInterface
public interface Lessons {
    /**
     * The lesson of a step.
     *
     * @param step counted from 0
     * @param progress share of the run that is done
     */
    Lesson at(long step, double progress);
}
