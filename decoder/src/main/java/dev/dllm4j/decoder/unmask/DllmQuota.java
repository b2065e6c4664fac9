package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;

/**
 * Tokens due at each step of dllm's schedule ({@code core/samplers/utils.py}, {@code get_num_transfer_tokens}), planned
 * from a part's masks when it is entered. Steps at which none is due take no forward. Counts one sequence's steps; is to
 * be asked once a step.
 */
final class DllmQuota {
    private final Alpha alpha;
    private final int stepsPerPart;
    private int part = -1;
    private int planned;
    private int step;

    DllmQuota(Plan plan, Alpha alpha) {
        this.alpha = alpha;
        stepsPerPart = plan.droppedStepsPerPart();
    }

    /** Tokens due at this step, at least one; after the schedule's end all that are left. */
    int next(StepView view) {
        Part current = view.part();
        int masks = view.canvas().masks(current.start(), current.end());
        if (current.index() != part) {
            part = current.index();
            planned = masks;
            step = 0;
        }
        while (step < stepsPerPart) {
            int due = alpha.due(planned, step++, stepsPerPart);
            planned -= due;
            if (due > 0) {
                return due;
            }
        }
        return masks;
    }
}
