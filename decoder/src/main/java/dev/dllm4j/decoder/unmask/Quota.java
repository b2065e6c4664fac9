package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;

/**
 * Tokens due at each step of a fixed schedule: a part's masks spread evenly over its steps, the remainder to the first
 * ones (LLaDA {@code generate.py}, {@code get_num_transfer_tokens}). Derived from what remains, so it also makes up for
 * a step that could commit less. Counts one sequence's steps.
 */
final class Quota {
    private final int stepsPerPart;
    private int part = -1;
    private int stepsLeft;

    Quota(Plan plan) {
        stepsPerPart = plan.stepsPerPart();
    }

    /** Tokens due at this step, at least one; to be asked once a step. */
    int next(StepView view) {
        Part current = view.part();
        if (current.index() != part) {
            part = current.index();
            stepsLeft = stepsPerPart;
        }
        int steps = Math.max(stepsLeft, 1);
        stepsLeft--;
        int masks = view.canvas().masks(current.start(), current.end());
        return (masks + steps - 1) / steps;
    }
}
