package dev.dllm4j.decoder.sample;

/**
 * Probability, margin and entropy in the tempered distribution of the tokens that the filters keep. Each is the float
 * that exact weights give, added up in the order of the tokens: fast ones are, where their error cannot make it another.
 * Reused, confined to one thread.
 */
final class KeptTokens {
    private final TokenFilter filter;
    private final Weights weights;
    private final double temperature;
    private float[] row = {};
    private int best;
    private double sum;
    private double weightedSum;
    private double second;
    private boolean exact;

    KeptTokens(TokenFilter filter, Weights weights, double temperature) {
        this.filter = filter;
        this.weights = weights;
        this.temperature = temperature;
    }

    /**
     * Reads a row that the filter is fitted to.
     *
     * @param row raw scores, {@code [vocab]}; read until the next fit
     * @param best token with the largest score
     */
    void fit(float[] row, int best) {
        this.row = row;
        this.best = best;
        exact = false;
        float top = row[best];
        if (filter.countsTokens()) {
            weights.best(top);
            addExactly();
            return;
        }
        if (!filter.fitsWeights()) {
            weights.fit(row, top);
        }
        float next = Float.NEGATIVE_INFINITY;
        double mass = 0;
        double weighted = 0;
        for (int token = 0; token < row.length; token++) {
            float logit = row[token];
            double weight = weights.of(token);
            if (weight > 0 && filter.keeps(token, logit)) {
                mass += weight;
                weighted += weight * ((double) logit - top);
                next = token == best ? next : Math.max(next, logit);
            }
        }
        sum = mass;
        weightedSum = weighted / temperature;
        second = weights.exact(next);
    }

    float probability(float logit) {
        double weight = weights.exact(logit);
        if (!certain(weight / sum, weight / sum)) {
            addExactly();
        }
        return (float) (weight / sum);
    }

    /** Probability of the best token less that of the second best. */
    float margin() {
        double difference = 1 - second;
        if (!certain(difference / sum, difference / sum)) {
            addExactly();
        }
        return (float) (difference / sum);
    }

    /** In nats. */
    float entropy() {
        if (!certain(entropyOfSums(), 1 - weightedSum / sum)) {
            addExactly();
        }
        return (float) entropyOfSums();
    }

    private double entropyOfSums() {
        return Math.log(sum) - weightedSum / sum;
    }

    /** Whether a number that contains errors of sums, relative to a scale, rounds to the same float without them. */
    private boolean certain(double value, double scale) {
        double error = 4 * weights.error() * scale;
        return exact || (float) (value - error) == (float) (value + error);
    }

    private void addExactly() {
        float top = row[best];
        sum = 0;
        weightedSum = 0;
        second = 0;
        for (int token = 0; token < row.length; token++) {
            double weight = filter.keeps(token, row[token]) ? weights.exact(row[token]) : 0;
            if (weight > 0) {
                sum += weight;
                weightedSum += weight * ((double) row[token] - top) / temperature;
                second = token == best ? second : Math.max(second, weight);
            }
        }
        exact = true;
    }
}
