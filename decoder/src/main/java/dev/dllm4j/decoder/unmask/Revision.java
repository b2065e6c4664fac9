package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import java.util.Arrays;

/**
 * A threshold that may be taken back: the committed positions of the open part are predicted again, and a token whose own
 * probability has fallen below {@code keep} becomes a mask, at most twice a position. Closed parts stand. A token sees
 * itself when it is judged, which speaks in its favour: a low {@code keep} takes back little.
 *
 * @param commit bar on the confidence of a mask, compared in float32; the most confident commits always
 * @param keep least probability of a committed token in the model's own distribution, compared in float32; at or below 0
 *     takes nothing back, above 1 everything, twice
 */
public record Revision(double commit, double keep) implements UnmaskingStrategy {
    private static final int MOST_REVISIONS = 2;

    public Revision {
        requireFinite("commit", commit, "0.7");
        requireFinite("keep", keep, "0.3");
    }

    @Override
    public Selector start(Plan plan) {
        return new Revising((float) commit, (float) keep);
    }

    @Override
    public int revisions() {
        return MOST_REVISIONS;
    }

    @Override
    public String toString() {
        return "revise(commit=" + commit + ",keep=" + keep + ")";
    }

    private static void requireFinite(String name, double value, String example) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be a finite number, e.g. " + example);
        }
    }

    private static final class Revising implements Selector {
        private final OpenRanking ranking = new OpenRanking();
        private final float commit;
        private final float keep;
        /** How often a position was taken back, by position. */
        private byte[] times = {};
        /** Where the demanded candidates hold the token of a committed position. */
        private int candidate;

        Revising(float commit, float keep) {
            this.commit = commit;
            this.keep = keep;
        }

        @Override
        public void demand(Canvas canvas, Part part, Positions open, Demand demand) {
            Positions demanded = demand.positions();
            demanded.addAll(open);
            for (int position = part.start(); position < part.end(); position++) {
                if (canvas.revisable(position)) {
                    demanded.add(position);
                }
            }
            int[] tokens = new int[demanded.size()];
            for (int slot = 0; slot < tokens.length; slot++) {
                tokens[slot] = slot < open.size() ? Demand.NO_CANDIDATE : canvas.token(demanded.get(slot));
            }
            candidate = demand.candidates(1, tokens);
        }

        @Override
        public void select(StepView view, Positions chosen) {
            ranking.rank(view, view.predictions()::confidence);
            ranking.addFirstAndAtLeast(commit, ranking.size(), chosen);
        }

        @Override
        public boolean accepted(int position) {
            return ranking.passed(position);
        }

        @Override
        public void takeBack(StepView view, Positions back) {
            times = times.length < view.canvas().length()
                    ? Arrays.copyOf(times, view.canvas().length())
                    : times;
            for (int position = view.part().start(); position < view.part().end(); position++) {
                if (view.canvas().revisable(position)
                        && times[position] < MOST_REVISIONS
                        && doubted(view.predictions(), position)) {
                    times[position]++;
                    back.add(position);
                }
            }
        }

        /** Where the forward does not predict a position, its token stands. */
        private boolean doubted(Predictions predictions, int position) {
            int slot = predictions.slotOf(position);
            return predictions.present(slot)
                    && (float) Math.exp(
                                    (double) predictions.candidateLogit(slot, candidate) - predictions.logSumExp(slot))
                            < keep;
        }
    }
}
