package dev.dllm4j.decoder.sample;

/**
 * The exponential of a negative number, several times as fast as {@link Math#exp} and not quite as exact: sums of many
 * need no last bit.
 */
final class Exponential {
    /** Bound of the relative error. */
    static final double ERROR = 0x1.0p-48;

    /** Below it the exponential is taken for 0. */
    static final double LEAST = -60;

    private static final int STEPS = 1024;
    private static final int STEP_BITS = 10;
    private static final double PER_STEP = STEPS / 0.6931471805599453;
    /** ln 2 / 1024 in two parts; a number of steps times the first one is exact. */
    private static final double STEP_HIGH = 0x1.62e42fefap-11;

    private static final double STEP_LOW = 0x1.cf79abc9e3b39p-50;
    /** Added to a small number, it leaves the nearest integer in the low bits. */
    private static final double ROUNDER = 0x1.8p52;

    /** The bits of 2^(step / 1024). */
    private static final long[] POWERS = new long[STEPS];

    static {
        for (int step = 0; step < STEPS; step++) {
            POWERS[step] = Double.doubleToRawLongBits(Math.pow(2, (double) step / STEPS));
        }
    }

    private Exponential() {}

    /** @param x at most 0 */
    static double of(double x) {
        if (x < LEAST) {
            return 0;
        }
        double rounded = x * PER_STEP + ROUNDER;
        int steps = (int) Double.doubleToRawLongBits(rounded);
        double whole = rounded - ROUNDER;
        double rest = (x - whole * STEP_HIGH) - whole * STEP_LOW;
        double power = Double.longBitsToDouble(POWERS[steps & (STEPS - 1)] + ((long) (steps >> STEP_BITS) << 52));
        return power + power * (rest + rest * rest * (0.5 + rest * (1.0 / 6)));
    }
}
