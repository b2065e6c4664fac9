package dev.dllm4j.decoder.canvas;

/**
 * Randomness by counter: a number depends on (seed, step, position, token) alone, so that an answer is the same alone
 * and in a batch, and whatever else was drawn before.
 *
 * @param seed of the decoding
 */
public record Noise(long seed) {
    /** Stands where a draw names its token; no token has it, so the draw is independent of the sampled tokens. */
    public static final int NO_TOKEN = -1;

    /**
     * A uniform number of the open interval (0, 1).
     *
     * @param token or {@link #NO_TOKEN}
     */
    public double uniform(int step, int position, int token) {
        return at(step, position).uniform(token);
    }

    /** A standard Gumbel number: the largest of {@code logit / T + gumbel} is a draw from softmax(logits / T). */
    public double gumbel(int step, int position, int token) {
        return at(step, position).gumbel(token);
    }

    /** The numbers of one step's position. */
    public Tokens at(int step, int position) {
        long key = mix(seed + 0x9E3779B97F4A7C15L * (step + 1L));
        return new Tokens(mix(key + 0xD1B54A32D192ED03L * (position + 1L)));
    }

    /** What one position draws from at one step, a number a token. */
    public static final class Tokens {
        /** No Gumbel number is larger: that of the largest uniform one, 1 - 2^-53, is 53 ln 2. */
        public static final double LARGEST_GUMBEL = 36.8;

        /** More than what rounding adds to a Gumbel number. */
        private static final double ROUNDING = 1e-9;

        private static final double LN2 = 0.6931471805599453;

        private final long key;

        private Tokens(long key) {
            this.key = key;
        }

        /** A uniform number of the open interval (0, 1). */
        public double uniform(int token) {
            return unit(bits(token));
        }

        /** A standard Gumbel number. */
        public double gumbel(int token) {
            return -Math.log(-Math.log(uniform(token)));
        }

        /** A number that {@link #gumbel} is at most, and that takes no logarithm. */
        public double gumbelCeiling(int token) {
            // -log(u) >= 1 - u, and the leading zeros of the inverted bits say how small 1 - u is.
            return (Long.numberOfLeadingZeros(~bits(token)) + 1) * LN2 + ROUNDING;
        }

        private long bits(int token) {
            return mix(key + 0x8CB92BA72F3D8DD7L * (token + 1L));
        }
    }

    /** The middle of one of 2^52 equal slices; with one bit more, the last middle would round to 1. */
    static double unit(long bits) {
        return ((bits >>> 12) + 0.5) * 0x1.0p-52;
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014; Stafford's variant 13). */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
