package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;

/**
 * Tokens due at each step of a fixed schedule: a part's masks spread evenly over its steps, the remainder to the first
 * ones (LLaDA {@code generate.py}, {@code get_num_transfer_tokens}). Counts one sequence's steps; is to be asked once a
 * step.
 */
final class Quota {
    private final int stepsPerPart;
    private int part = -1;
    private int masksAtStart;
    private int stepsLeft;

    Quota(Plan plan) {
        stepsPerPart = plan.stepsPerPart();
    }

    /**
     * Tokens due at this step, at least one, derived from what remains: it also makes up for a step that could commit
     * less.
     */
    int next(StepView view) {
        int masks = enter(view);
        int steps = Math.max(stepsLeft, 1);
        stepsLeft--;
        return (masks + steps - 1) / steps;
    }

    /** Tokens planned for this step when the part was entered, at least one, whatever has been committed since. */
    int planned(StepView view) {
        enter(view);
        int step = stepsPerPart - stepsLeft;
        stepsLeft--;
        return Math.max(masksAtStart / stepsPerPart + (step < masksAtStart % stepsPerPart ? 1 : 0), 1);
    }

    /** The part's masks. */
    private int enter(StepView view) {
        Part current = view.part();
        int masks = view.canvas().masks(current.start(), current.end());
        if (current.index() != part) {
            part = current.index();
            masksAtStart = masks;
            stepsLeft = stepsPerPart;
        }
        return masks;
    }
}
