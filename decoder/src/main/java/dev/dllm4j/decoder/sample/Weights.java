package dev.dllm4j.decoder.sample;

import java.util.Arrays;

/**
 * The tempered probabilities of a row, unnormalised: 1 for the best token. Fast, and exact but for a known error; whoever
 * decides on them asks whether the error could matter, and sums {@link #exact} weights up where it could. Reused, confined
 * to one thread.
 */
final class Weights {
    /** Half the last bit of a number around 1. */
    private static final double ROUNDING = 0x1.0p-53;

    private final double temperature;
    /** 1 / temperature, or the largest number where that is none. */
    private final double inverse;

    private final double[] weights;
    private float best;
    private double total;

    /** @param vocabulary 0 where none is ever asked for */
    Weights(double temperature, int vocabulary) {
        this.temperature = temperature;
        this.inverse = Math.min(1 / temperature, Double.MAX_VALUE);
        this.weights = new double[vocabulary];
    }

    /** Prepares for exact weights alone. */
    void best(float best) {
        this.best = best;
    }

    /** @param best largest score of the row */
    void fit(float[] row, float best) {
        this.best = best;
        double[] terms = weights;
        double top = best;
        double perLogit = inverse;
        double sum = 0;
        for (int token = 0; token < row.length; token++) {
            double weight = Exponential.of((row[token] - top) * perLogit);
            terms[token] = weight;
            sum += weight;
        }
        total = sum;
    }

    /**
     * Adds the weights up in buckets of similar logits, the best token's first; tokens behind the last are in none.
     *
     * @param perLogit buckets that a difference of 1 is divided into
     */
    void addTo(double[] buckets, float[] row, double best, double perLogit) {
        double[] terms = weights;
        Arrays.fill(buckets, 0);
        for (int token = 0; token < row.length; token++) {
            double bucket = (best - row[token]) * perLogit;
            if (bucket < buckets.length) {
                buckets[(int) bucket] += terms[token];
            }
        }
    }

    double of(int token) {
        return weights[token];
    }

    double total() {
        return total;
    }

    /** The weight of a logit, as exact as Java gives it. */
    double exact(float logit) {
        return Math.exp(scaled(logit));
    }

    /** The logarithm of a logit's weight. */
    double scaled(float logit) {
        return ((double) logit - best) / temperature;
    }

    /**
     * The most by which a sum of weights may differ from the sum of exact ones, in whatever order, relative to the larger:
     * one rounding a term on either side, and the error of the terms.
     */
    double error() {
        return 2 * ROUNDING * (weights.length + 256) + 2 * Exponential.ERROR;
    }
}
