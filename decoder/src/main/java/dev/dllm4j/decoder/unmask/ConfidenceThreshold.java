package dev.dllm4j.decoder.unmask;

import java.util.Locale;

/**
 * The most confident position always, and every further one whose confidence is at least the threshold (Fast-dLLM).
 *
 * @param threshold bar on the confidence, compared in float32; above 1 commits one token a forward, at or below 0 all
 * @param ties what becomes of positions as confident as the most confident one where none reaches the threshold
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record ConfidenceThreshold(double threshold, Ties ties) implements UnmaskingStrategy {
    private static final float NEAR = 1e-5f;

    /** Which of the most confident positions commit where none reaches the threshold. */
    public enum Ties {
        /** The leftmost (Fast-dLLM). */
        FIRST,
        /** All of them (Elastic-Cache). */
        ALL,
        /** All within 1e-5 of it, which then commit under a threshold that only it reaches, too (dInfer). */
        NEAR
    }

    /** Of several most confident positions the first. */
    public ConfidenceThreshold(double threshold) {
        this(threshold, Ties.FIRST);
    }

    public ConfidenceThreshold {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException("threshold is " + threshold + "; it must be a finite number, e.g. 0.9");
        }
    }

    @Override
    public Selector start(Plan plan) {
        return new Barred((ranking, view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            float best = ranking.score(0);
            float bar = switch (ties) {
                case FIRST -> (float) threshold;
                case ALL -> Math.min((float) threshold, best);
                case NEAR -> Math.min((float) threshold, best - NEAR);
            };
            for (int rank = 0; rank < ranking.size() && (rank == 0 || ranking.score(rank) >= bar); rank++) {
                ranking.add(rank, ranking.score(rank) >= (float) threshold, chosen);
            }
        });
    }

    @Override
    public String toString() {
        return ties == Ties.FIRST
                ? "threshold(" + threshold + ")"
                : "threshold(" + threshold + ",ties=" + ties.name().toLowerCase(Locale.ROOT) + ")";
    }
}
