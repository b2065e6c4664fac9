package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.Predictions;

/** How sure a model is of a position: what a schedule ranks by. */
public enum Certainty {
    /** Probability of the proposed token (Dream's {@code maskgit_plus}). */
    CONFIDENCE,
    /** Probability of the best token less that of the second best (Dream's {@code topk_margin}). */
    MARGIN,
    /** Negative entropy (Dream's {@code entropy}). */
    ENTROPY;

    /** Larger is surer. */
    float of(Predictions predictions, int slot) {
        return switch (this) {
            case CONFIDENCE -> predictions.confidence(slot);
            case MARGIN -> predictions.margin(slot);
            case ENTROPY -> -predictions.samplingEntropy(slot);
        };
    }
}
