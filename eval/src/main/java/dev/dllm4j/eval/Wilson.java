package dev.dllm4j.eval;

import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Wilson's 95 % interval of a share, within [0, 1]: holds also near 0 and 1 and for few items.
 *
 * @see <a href="https://doi.org/10.1080/01621459.1927.10502953">Wilson 1927</a>
 */
record Wilson(double low, double high) {
    private static final double QUANTILE = NormalDistribution.of(0, 1).inverseCumulativeProbability(0.975);

    /** @param items at least one */
    static Wilson of(int hits, int items) {
        double share = (double) hits / items;
        double squared = QUANTILE * QUANTILE;
        double centre = (share + squared / (2 * items)) / (1 + squared / items);
        double reach = QUANTILE
                / (1 + squared / items)
                * Math.sqrt(share * (1 - share) / items + squared / (4.0 * items * items));
        return new Wilson(hits == 0 ? 0 : centre - reach, hits == items ? 1 : centre + reach);
    }
}
