package dev.dllm4j.decoder.model;

/**
 * Rotary position embedding, halves rotated.
 *
 * @param theta base of the frequencies
 * @param localTheta the same in layers that see only what is near; equal to {@code theta} where there are none
 * @param width leading numbers of a head that are rotated, even
 */
public record Rotary(double theta, double localTheta, int width) {
    public Rotary {
        requireBase(theta);
        requireBase(localTheta);
        if (width < 2 || width % 2 != 0) {
            throw new IllegalArgumentException("rotated width is " + width + "; it must be even and at least 2");
        }
    }

    /** The same base in every layer. */
    public Rotary(double theta, int width) {
        this(theta, theta, width);
    }

    private static void requireBase(double theta) {
        if (!(theta > 0) || !Double.isFinite(theta)) {
            throw new IllegalArgumentException("ropeTheta is " + theta + "; it must be positive");
        }
    }
}
