package dev.dllm4j.decoder.spec;

/**
 * What the numbers of a decoding may be: one table for command line, HTTP, traces and library. A number outside would
 * become infinite, or no number, in the float32 arithmetic behind it, or ask for what cannot be done.
 *
 * <p>Numbers that are only compared, as thresholds and the gamma of a cache, are not in the table: they may be any finite
 * number, and beyond float32 they mean never or always.
 */
public enum Bound {
    /** Scales the difference of two rows of float32 before the output matrix. */
    GUIDANCE("guidance", 0, 1000, "0 for none"),
    /** Divides logits in float64. */
    TEMPERATURE("temperature", 0, 100, "0 for the best token"),
    /** Above 0: the best token is kept always. */
    TOP_P("top-p", Math.nextUp(0.0), 1, "1 for all tokens"),
    /** Is added to logits of float32. */
    LOGIT_BIAS("logit bias", -100, 100, "0 for none"),
    /** Divides certainties where it is not 0. */
    ALG_TEMP("alg-temp", 1e-3, 1_000_000, "0 for the surest"),
    /** Where a time grid ends, below 1. */
    EPS("eps", 0, Math.nextDown(1.0), "e.g. 0.001"),
    /** Power of one plus a credit, which may be as large as a canvas is long: the tenth power of a billion is a finite float64. */
    CREDIT_ALPHA("alpha", 0, 10, "e.g. 0.65"),
    /** What is left of a credit. */
    CREDIT_BETA("beta", 0, 1, "e.g. 0.7"),
    /** Power of a probability. */
    CREDIT_GAMMA("gamma", 0, 1_000_000, "e.g. 0.2");

    private final String label;
    private final double least;
    private final double most;
    private final String example;

    Bound(String label, double least, double most, String example) {
        this.label = label;
        this.least = least;
        this.most = most;
        this.example = example;
    }

    public double least() {
        return least;
    }

    public double most() {
        return most;
    }

    /** Both ends, e.g. {@code [0, 1000]}; an end that is itself outside has a round bracket. */
    public String range() {
        String begin = least == Math.nextUp(0.0) ? "(0" : "[" + shortest(least);
        return begin + ", " + (most == Math.nextDown(1.0) ? "1)" : shortest(most) + "]");
    }

    public boolean holds(double value) {
        return value >= least && value <= most;
    }

    /**
     * Refuses what is outside, NaN included.
     *
     * @throws IllegalArgumentException that names the range
     */
    public void require(double value) {
        require(label, value);
    }

    /** As {@link #require(double)}, under another name. */
    public void require(String name, double value) {
        if (!holds(value)) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; it must be within " + range() + ", " + example);
        }
    }

    private static String shortest(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
