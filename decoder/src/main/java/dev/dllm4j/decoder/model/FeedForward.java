package dev.dllm4j.decoder.model;

/** The part of a layer after attention. */
public sealed interface FeedForward {
    /** A model's inner width is at most this, a multiple of that of any known, so that products stay numbers. */
    int MOST_WIDTH = 1 << 20;

    /** Inner width of what one row runs through, for the memory that it takes. */
    int width();

    /** Two projections side by side, of which one goes through the activation and scales the other. */
    record Gated(int width, Activation activation) implements FeedForward {
        public Gated {
            if (width < 1 || width > MOST_WIDTH) {
                throw new IllegalArgumentException(
                        "feedForward is " + width + "; it must be at least 1 and at most " + MOST_WIDTH);
            }
        }
    }

    /** What the gate goes through. */
    enum Activation {
        /** x · sigmoid(x). */
        SILU,
        /** x · Φ(x), by the error function. */
        GELU
    }
}
