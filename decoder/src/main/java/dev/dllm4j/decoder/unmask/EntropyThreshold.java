package dev.dllm4j.decoder.unmask;

/**
 * The position of the lowest entropy always, and every further one whose entropy is within the threshold (dParallel
 * {@code LLaDA/generate.py} and {@code Dream/model/generation_utils_semiar.py}). Entropy is that of the model's own
 * distribution, whatever the temperature.
 *
 * @param threshold bar on the entropy in nats, compared in float32; below 0 commits one token a forward
 * @param equal what becomes of an entropy equal to the threshold: it commits in dParallel's code for LLaDA and waits in
 *     that for Dream. A setting and not the model's architecture decides, so that a SPEC says all there is
 * @see <a href="https://arxiv.org/abs/2509.26488">dParallel: Learnable Parallel Decoding for dLLMs</a>
 */
public record EntropyThreshold(double threshold, Equal equal) implements UnmaskingStrategy {
    public EntropyThreshold {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException("threshold is " + threshold + "; it must be a finite number, e.g. 0.45");
        }
    }

    @Override
    public Selector start(Plan plan) {
        float least = equal.least((float) -threshold);
        return new Barred((ranking, view, chosen) -> {
            ranking.rank(view, slot -> -view.predictions().entropy(slot));
            ranking.addFirstAndAtLeast(least, ranking.size(), chosen);
        });
    }

    @Override
    public String toString() {
        return "entropy(" + threshold + (equal == Equal.COMMITS ? ")" : ",equal=waits)");
    }
}
