package dev.dllm4j.decoder.unmask;

/**
 * The most confident position always, and every further one whose confidence is at least the threshold (Fast-dLLM).
 *
 * @param threshold bar on the confidence, compared in float32; above 1 commits one token a forward, at or below 0 all
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record ConfidenceThreshold(double threshold) implements UnmaskingStrategy {
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
            ranking.addFirstAndAtLeast((float) threshold, ranking.size(), chosen);
        };
    }

    @Override
    public String toString() {
        return "threshold(" + threshold + ")";
    }
}
