package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.StepView;

/**
 * The positions of lowest entropy, as many as stay within a bound together, at least one: the error of committing them at
 * once is at most the sum of all entropies but the largest (EB-Sampler). Entropy is that of the model's own distribution,
 * whatever the temperature.
 *
 * @param bound on the sum in nats, compared in float32; below 0 commits one token a forward
 * @param sum what is summed
 * @see <a href="https://arxiv.org/abs/2505.24857">Accelerated Sampling from Masked Diffusion Models via Entropy Bounded
 *     Unmasking</a>
 */
public record EntropyBound(double bound, Sum sum) implements UnmaskingStrategy {
    /** JetEngine's. */
    static final double BOUND = 0.35;

    /** What is summed and bounded. */
    public enum Sum {
        /** Every entropy, the position's own among them, to less than the bound (JetEngine {@code scheduler.py}). */
        ALL,
        /** Those of the positions before it, to the bound at most (the paper; DiffusionGemma). */
        OTHERS
    }

    public EntropyBound {
        if (!Double.isFinite(bound)) {
            throw new IllegalArgumentException("bound is " + bound + "; it must be a finite number, e.g. " + BOUND);
        }
    }

    /** As in JetEngine. */
    public EntropyBound(double bound) {
        this(bound, Sum.ALL);
    }

    @Override
    public Selector start(Plan plan) {
        return new Barred(this::select);
    }

    private void select(OpenRanking ranking, StepView view, Positions chosen) {
        ranking.rank(view, slot -> -view.predictions().entropy(slot));
        double before = 0;
        for (int rank = 0; rank < ranking.size(); rank++) {
            double entropy = -ranking.score(rank);
            boolean within =
                    sum == Sum.ALL ? (float) (before + entropy) < (float) bound : (float) before <= (float) bound;
            if (rank > 0 && !within) {
                return;
            }
            ranking.add(rank, within, chosen);
            before += entropy;
        }
    }

    @Override
    public String toString() {
        return "entropy-bound(" + bound + (sum == Sum.ALL ? ")" : ",sum=others)");
    }
}
