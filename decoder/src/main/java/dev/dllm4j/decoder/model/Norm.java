package dev.dllm4j.decoder.model;

/**
 * How rows are normalised; every norm has a weight and no bias.
 *
 * @param epsilon added to the mean square, or to the variance
 */
public record Norm(Kind kind, double epsilon) {
    public Norm {
        if (!(epsilon > 0) || !Double.isFinite(epsilon)) {
            throw new IllegalArgumentException("normEpsilon is " + epsilon + "; it must be positive");
        }
    }

    /** What a row is divided by. */
    public enum Kind {
        /** The root of its mean square. */
        RMS,
        /** Its standard deviation, after its mean is subtracted. */
        LAYER
    }
}
