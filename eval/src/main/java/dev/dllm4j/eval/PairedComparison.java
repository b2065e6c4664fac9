package dev.dllm4j.eval;

import java.util.Locale;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.inference.BinomialTest;

/**
 * Two runs over the same questions.
 *
 * @param items questions that both were asked
 * @param lost right in the first run, wrong in the second
 * @param won wrong in the first run, right in the second
 */
public record PairedComparison(int items, int lost, int won) {
    private static final double QUANTILE = NormalDistribution.of(0, 1).inverseCumulativeProbability(0.975);

    public PairedComparison {
        if (items < 1 || lost < 0 || won < 0 || lost + won > items) {
            throw new IllegalArgumentException("items is " + items + ", lost is " + lost + " and won is " + won
                    + "; there must be an item, and no more lost and won ones than there are");
        }
    }

    /** Accuracy of the second run less that of the first, within [−1, 1]. */
    public double difference() {
        return (double) (won - lost) / items;
    }

    /** Lower end of the difference's 95 % interval (Bonett and Price 2012: Wald's, with one pair added either way). */
    public double low() {
        return Math.max(-1, centre() - reach());
    }

    /** Upper end of the difference's 95 % interval. */
    public double high() {
        return Math.min(1, centre() + reach());
    }

    /** McNemar's exact test, two-sided: how probable so uneven a split of the changed answers is by chance. */
    public double probability() {
        int changed = lost + won;
        return changed == 0
                ? 1
                : BinomialTest.withDefaults().test(changed, lost, 0.5).getPValue();
    }

    private double centre() {
        return (double) (won - lost) / (items + 2);
    }

    private double reach() {
        double discordant = (lost + won + 2.0) / (items + 2);
        return QUANTILE * Math.sqrt((discordant - centre() * centre()) / (items + 2));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%+.1f points [%+.1f, %+.1f], %d lost and %d won, McNemar p = %.3f",
                100 * difference(),
                100 * low(),
                100 * high(),
                lost,
                won,
                probability());
    }
}
