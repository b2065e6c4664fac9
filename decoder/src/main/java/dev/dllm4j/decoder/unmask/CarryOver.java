package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;

/**
 * A threshold within a budget: each step considers as many positions as the schedule plans and the last step left over,
 * commits the most confident one and those at or above the threshold, and leaves the rest over. Once the schedule has
 * ended, only what was left over is considered, at least one position (Dream's {@code confidence_threshold} without
 * cache in Fast-dLLM, {@code dream/model/generation_utils.py}).
 *
 * <p>The original refuses gen lengths that the steps do not divide. Here the remainder is committed behind the
 * schedule's end.
 *
 * @param threshold bar on the confidence, compared in float32
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record CarryOver(double threshold) implements UnmaskingStrategy {
    public CarryOver {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException("threshold is " + threshold + "; it must be a finite number, e.g. 0.9");
        }
    }

    @Override
    public Selector start(Plan plan) {
        return new Budget((float) threshold, plan.stepsPerPart());
    }

    @Override
    public String toString() {
        return "dream-threshold(" + threshold + ")";
    }

    private static final class Budget implements Selector {
        private final OpenRanking ranking = new OpenRanking();
        private final float bar;
        private final int stepsPerPart;
        private int part = -1;
        private int stepsLeft;
        private int quota;
        private int leftOver;

        Budget(float bar, int stepsPerPart) {
            this.bar = bar;
            this.stepsPerPart = stepsPerPart;
        }

        @Override
        public void select(StepView view, Positions chosen) {
            ranking.rank(view, view.predictions()::confidence);
            enter(view);
            int planned = stepsLeft > 0 ? quota : 0;
            stepsLeft--;
            int considered = Math.min(Math.max(planned + leftOver, 1), ranking.size());
            leftOver = considered - ranking.addFirstAndAtLeast(bar, considered, chosen);
        }

        @Override
        public boolean accepted(int position) {
            return ranking.passed(position);
        }

        private void enter(StepView view) {
            Part current = view.part();
            if (current.index() != part) {
                part = current.index();
                stepsLeft = stepsPerPart;
                quota = view.canvas().masks(current.start(), current.end()) / stepsPerPart;
                leftOver = 0;
            }
        }
    }
}
