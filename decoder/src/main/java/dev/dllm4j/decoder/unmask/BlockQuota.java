package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.StepView;

/**
 * Tokens due at each step of a block, the remainder to the first steps, planned for a whole block: the number of the step
 * within the block decides, however many masks the block began with or has left (SDAR {@code generate.py},
 * {@code get_num_transfer_tokens}). Counts one sequence's steps; is to be asked once a step.
 */
final class BlockQuota {
    private final int length;
    private final int steps;
    private int part = -1;
    private int step;

    /**
     * @param length positions of a whole block
     * @param steps of a block, at least 1
     */
    BlockQuota(int length, int steps) {
        this.length = length;
        this.steps = steps;
    }

    static void requireSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps is " + steps + "; a block takes at least one, e.g. 4");
        }
    }

    /** Tokens due at this step, at least one. */
    int next(StepView view) {
        if (view.part().index() != part) {
            part = view.part().index();
            step = 0;
        }
        int due = length / steps + (step < length % steps ? 1 : 0);
        step++;
        return Math.max(due, 1);
    }
}
