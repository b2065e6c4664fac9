package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.StepView;
import java.util.Arrays;

/**
 * The most confident position always, every one above the threshold, and the best of each run of neighbouring masks if
 * it is above the low bar: tokens that commit far apart disturb each other less (dInfer {@code parallel_strategy.py},
 * hierarchical decoding).
 *
 * @param threshold commits whatever is above it, compared in float32
 * @param low bar for the best of a run, compared in float32; 0 commits the best of every run
 * @see <a href="https://arxiv.org/abs/2510.08666">dInfer: An Efficient Inference Framework for Diffusion Language
 *     Models</a>
 */
public record Hierarchy(double threshold, double low) implements UnmaskingStrategy {
    public Hierarchy {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException("threshold is " + threshold + "; it must be a finite number, e.g. 0.9");
        }
        if (!Double.isFinite(low)) {
            throw new IllegalArgumentException("low is " + low + "; it must be a finite number, e.g. 0.4");
        }
    }

    @Override
    public Selector start(Plan plan) {
        return new Runs((float) threshold, (float) low);
    }

    @Override
    public String toString() {
        return "hierarchy(threshold=" + threshold + ",low=" + low + ")";
    }

    private static final class Runs implements Selector {
        private final OpenRanking ranking = new OpenRanking();
        private final float threshold;
        private final float low;
        /** The first position of the run that a position belongs to. */
        private int[] startOf = {};
        /** Whether the best of the run that starts at a position has been met. */
        private boolean[] met = {};

        Runs(float threshold, float low) {
            this.threshold = threshold;
            this.low = low;
        }

        @Override
        public void select(StepView view, Positions chosen) {
            ranking.rank(view, view.predictions()::confidence);
            findRuns(view);
            for (int rank = 0; rank < ranking.size(); rank++) {
                int start = startOf[ranking.position(rank)];
                float confidence = ranking.score(rank);
                boolean passes = confidence > threshold || (!met[start] && confidence > low);
                if (rank == 0 || passes) {
                    ranking.add(rank, passes, chosen);
                }
                met[start] = true;
            }
        }

        @Override
        public boolean accepted(int position) {
            return ranking.passed(position);
        }

        private void findRuns(StepView view) {
            if (startOf.length < view.canvas().length()) {
                startOf = new int[view.canvas().length()];
                met = new boolean[view.canvas().length()];
            }
            Arrays.fill(met, false);
            Positions open = view.open();
            for (int i = 0; i < open.size(); i++) {
                int position = open.get(i);
                boolean continues = i > 0 && open.get(i - 1) == position - 1;
                startOf[position] = continues ? startOf[position - 1] : position;
            }
        }
    }
}
