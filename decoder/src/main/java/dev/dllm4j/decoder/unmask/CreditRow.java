package dev.dllm4j.decoder.unmask;

import java.util.Arrays;

/**
 * The credits of one position and its distribution fused with them. Only tokens that were best there have credit, and no
 * other token can win the fused distribution: with weights w = (1 + credit)^alpha, q = w·p / (1 + Σ p·(w − 1)), where
 * the sum runs over those tokens alone. Exact, whatever the size of the vocabulary. Reused, confined to one thread.
 */
final class CreditRow {
    private int size;
    private int[] tokens = new int[4];
    private double[] credits = new double[4];
    private double[] logProbabilities = new double[4];
    private int best;
    private double confidence;
    private double entropy;

    /** Tokens with credit. */
    int size() {
        return size;
    }

    int token(int index) {
        return tokens[index];
    }

    double credit(int index) {
        return credits[index];
    }

    void clear() {
        size = 0;
    }

    void decay(double factor) {
        for (int index = 0; index < size; index++) {
            credits[index] *= factor;
        }
    }

    /** Tells the logarithm of the probability that a token with credit has now. */
    void see(int index, double logProbability) {
        logProbabilities[index] = logProbability;
    }

    /** Adds to the credit of the token that is best now. */
    void earn(int token, double amount, double logProbability) {
        int index = 0;
        while (index < size && tokens[index] != token) {
            index++;
        }
        if (index == size) {
            grow();
            tokens[index] = token;
            credits[index] = 0;
            size++;
        }
        credits[index] += amount;
        logProbabilities[index] = logProbability;
    }

    /**
     * Fuses what was seen with the credits.
     *
     * @param ownEntropy of the distribution as the model gives it, in nats
     */
    void fuse(double alpha, double ownEntropy) {
        double total = 1;
        double moment = -ownEntropy;
        double largest = -1;
        for (int index = 0; index < size; index++) {
            double logWeight = alpha * Math.log1p(credits[index]);
            double own = Math.exp(logProbabilities[index]);
            double fused = Math.exp(logProbabilities[index] + logWeight);
            if (fused > 0) {
                total += fused - own;
                moment += (fused - own) * logProbabilities[index] + fused * logWeight;
            }
            if (fused > largest || (fused == largest && tokens[index] < tokens[best])) {
                largest = fused;
                best = index;
            }
        }
        confidence = largest / total;
        entropy = Math.log(total) - moment / total;
    }

    /** The best token of the fused distribution. */
    int best() {
        return tokens[best];
    }

    /** Its probability in the distribution as the model gives it. */
    double ownProbability() {
        return Math.exp(logProbabilities[best]);
    }

    /** Its probability in the fused distribution. */
    double confidence() {
        return confidence;
    }

    /** Entropy of the fused distribution, in nats. */
    double entropy() {
        return entropy;
    }

    private void grow() {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
            credits = Arrays.copyOf(credits, 2 * size);
            logProbabilities = Arrays.copyOf(logProbabilities, 2 * size);
        }
    }
}
