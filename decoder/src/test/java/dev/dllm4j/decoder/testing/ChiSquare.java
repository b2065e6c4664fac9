package dev.dllm4j.decoder.testing;

/**
 * Pearson's test of counts against the probabilities they should follow. Bins that expect fewer than five counts are
 * pooled into one.
 *
 * @param statistic sum of (count - expected)² / expected over the bins
 * @param degrees of freedom, bins less one
 */
public record ChiSquare(double statistic, int degrees) {
    private static final double SMALL = 5;

    /** The quantile of the normal distribution that a true hypothesis exceeds once in a thousand tests. */
    private static final double NORMAL_QUANTILE = 3.0902;

    /** Measures counts; a count where the probability is 0 makes the statistic infinite. */
    public static ChiSquare of(double[] probabilities, int[] counts) {
        double draws = 0;
        for (int count : counts) {
            draws += count;
        }
        double statistic = 0;
        int bins = 0;
        double pooledExpected = 0;
        double pooledCount = 0;
        for (int bin = 0; bin < counts.length; bin++) {
            double expected = draws * probabilities[bin];
            if (expected < SMALL) {
                pooledExpected += expected;
                pooledCount += expected == 0 && counts[bin] > 0 ? Double.POSITIVE_INFINITY : counts[bin];
            } else {
                statistic += square(counts[bin] - expected) / expected;
                bins++;
            }
        }
        if (pooledExpected > 0 || pooledCount > 0) {
            statistic += square(pooledCount - pooledExpected) / pooledExpected;
            bins++;
        }
        return new ChiSquare(statistic, bins - 1);
    }

    /** Whether the counts are no surprise at a significance of 0.001. */
    public boolean plausible() {
        return degrees == 0 ? statistic < 1e-9 : statistic <= critical();
    }

    /** Wilson and Hilferty's approximation of the distribution's quantile (1931). */
    private double critical() {
        double spread = 2.0 / (9 * degrees);
        double root = 1 - spread + NORMAL_QUANTILE * Math.sqrt(spread);
        return degrees * root * root * root;
    }

    private static double square(double value) {
        return value * value;
    }
}
