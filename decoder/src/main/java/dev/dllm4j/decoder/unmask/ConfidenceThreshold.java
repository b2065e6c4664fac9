package dev.dllm4j.decoder.unmask;

/**
 * The most confident position always, and every further one whose confidence is at least the threshold (Fast-dLLM).
 *
 * @param threshold bar on the confidence, compared in float32; above 1 commits one token a forward, at or below 0 all
 * @param ties what becomes of positions as confident as the most confident one where none reaches the threshold
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record ConfidenceThreshold(double threshold, Ties ties) implements UnmaskingStrategy {
    /** Which of the most confident positions commit where none reaches the threshold. */
    public enum Ties {
        /** The leftmost (Fast-dLLM). */
        FIRST,
        /** All of them (Elastic-Cache). */
        ALL
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
        OpenRanking ranking = new OpenRanking();
        return (view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            float bar = ties == Ties.ALL ? Math.min((float) threshold, ranking.score(0)) : (float) threshold;
            ranking.addFirstAndAtLeast(bar, ranking.size(), chosen);
        };
    }

    @Override
    public String toString() {
        return "threshold(" + threshold + (ties == Ties.FIRST ? ")" : ",ties=all)");
    }
}
