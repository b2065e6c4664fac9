package dev.dllm4j.decoder.unmask;

import java.util.Locale;

/**
 * The most confident position always, and every further one whose confidence is at least the threshold (Fast-dLLM).
 *
 * @param threshold bar on the confidence, compared in float32; above 1 commits one token a forward, at or below 0 all
 * @param ties what becomes of positions as confident as the most confident one where none reaches the threshold
 * @param equal what becomes of a confidence equal to the threshold: it commits in Fast-dLLM and lmdeploy, and waits in
 *     Fast-dLLM v2 and SGLang
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record ConfidenceThreshold(double threshold, Ties ties, Equal equal) implements UnmaskingStrategy {
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

    /** What is equal to the threshold commits. */
    public ConfidenceThreshold(double threshold, Ties ties) {
        this(threshold, ties, Equal.COMMITS);
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
        float least = equal.least((float) threshold);
        return new Barred((ranking, view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            float best = ranking.score(0);
            float bar = switch (ties) {
                case FIRST -> least;
                case ALL -> Math.min(least, best);
                case NEAR -> Math.min(least, best - NEAR);
            };
            for (int rank = 0; rank < ranking.size() && (rank == 0 || ranking.score(rank) >= bar); rank++) {
                ranking.add(rank, ranking.score(rank) >= least, chosen);
            }
        });
    }

    @Override
    public String toString() {
        return "threshold(" + threshold
                + (ties == Ties.FIRST ? "" : ",ties=" + ties.name().toLowerCase(Locale.ROOT))
                + (equal == Equal.COMMITS ? ")" : ",equal=waits)");
    }
}
