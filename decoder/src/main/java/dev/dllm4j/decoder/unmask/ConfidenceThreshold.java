package dev.dllm4j.decoder.unmask;

import java.util.Locale;

/**
 * The most confident position always, or several of them, and every further one whose confidence is at least the threshold
 * (Fast-dLLM).
 *
 * @param threshold bar on the confidence, compared in float32; above 1 commits one token a forward, at or below 0 all
 * @param ties what becomes of positions as confident as the most confident one where none reaches the threshold
 * @param equal what becomes of a confidence equal to the threshold: it commits in Fast-dLLM and lmdeploy, and waits in
 *     Fast-dLLM v2 and SGLang
 * @param least how many of the most confident commit always: {@code num_to_transfer} of LLaDA2.1's {@code generate}
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record ConfidenceThreshold(double threshold, Ties ties, Equal equal, int least) implements UnmaskingStrategy {
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

    /** The most confident one always. */
    public ConfidenceThreshold(double threshold, Ties ties, Equal equal) {
        this(threshold, ties, equal, 1);
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
        if (least < 1) {
            throw new IllegalArgumentException("least is " + least + "; it must be at least 1");
        }
    }

    @Override
    public Selector start(Plan plan) {
        float passing = equal.least((float) threshold);
        return new Barred((ranking, view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            float best = ranking.score(0);
            float bar = switch (ties) {
                case FIRST -> passing;
                case ALL -> Math.min(passing, best);
                case NEAR -> Math.min(passing, best - NEAR);
            };
            for (int rank = 0; rank < ranking.size() && (rank < least || ranking.score(rank) >= bar); rank++) {
                ranking.add(rank, ranking.score(rank) >= passing, chosen);
            }
        });
    }

    @Override
    public String toString() {
        return "threshold(" + threshold
                + (ties == Ties.FIRST ? "" : ",ties=" + ties.name().toLowerCase(Locale.ROOT))
                + (equal == Equal.COMMITS ? "" : ",equal=waits")
                + (least == 1 ? ")" : ",least=" + least + ")");
    }
}
