package dev.dllm4j.decoder.sample;

import java.util.Arrays;

/**
 * The tokens of a row that top-p and top-k leave, as Dream's sampler filters them ({@code generation_utils.py}) or, with
 * top-k first, SDAR's ({@code generate.py}), whose p is a share of what top-k leaves: top-p keeps the token that crosses p,
 * top-k keeps all that tie with the k-th largest logit. Both keep the largest logits, so that what they leave together is
 * one cut through the row. Reused, confined to one thread.
 */
final class TokenFilter {
    private final int topK;
    private final double topPShare;
    private final boolean topKFirst;
    private final TopP topP;
    private final float[] largest;
    private float bar;
    private int lastAtBar;

    /** @param temperature above 0, of the distribution that top-p sums up */
    TokenFilter(int topK, double topP, boolean topKFirst, double temperature, int vocabulary) {
        this.topK = topK < vocabulary ? topK : 0;
        this.topPShare = topP;
        this.topKFirst = topKFirst;
        this.topP = new TopP(topP, temperature);
        this.largest = new float[(int) Math.min(2L * this.topK, vocabulary)];
    }

    /**
     * Finds the cut of a row.
     *
     * @param row raw scores, {@code [vocab]}; negative infinity for a token that never counts, which top-k first makes of
     *     those it cuts
     * @param best largest score of the row
     * @param weights that are fitted to the row where {@link #fitsWeights}
     */
    void fit(float[] row, float best, Weights weights) {
        bar = Float.NEGATIVE_INFINITY;
        lastAtBar = Integer.MAX_VALUE;
        if (topKFirst && topK > 0) {
            dropBehindTopK(row);
        }
        if (fitsWeights()) {
            topP.fit(row, best, weights);
            bar = topP.logit();
            lastAtBar = topP.token();
        }
        if (topK > 0) {
            cutTopK(row);
        }
    }

    /** Whether a cut depends on the row's weights, and {@link #fit} fits them. */
    boolean fitsWeights() {
        return topPShare < 1;
    }

    /** Whether a number of tokens is all that stays, ties aside. */
    boolean countsTokens() {
        return topK > 0;
    }

    /** No token below this logit stays. */
    float bar() {
        return bar;
    }

    /** Whether a token of the row stays. */
    boolean keeps(int token, float logit) {
        return logit > bar || (logit == bar && token <= lastAtBar);
    }

    private void cutTopK(float[] row) {
        float kth = kthLargest(row);
        if (kth > bar) {
            bar = kth;
            lastAtBar = Integer.MAX_VALUE;
        }
    }

    private void dropBehindTopK(float[] row) {
        float kth = kthLargest(row);
        for (int token = 0; token < row.length; token++) {
            if (row[token] < kth) {
                row[token] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Collects scores, and throws all but the k largest away whenever the array is full. */
    private float kthLargest(float[] row) {
        float least = Float.NEGATIVE_INFINITY;
        int size = 0;
        for (float logit : row) {
            if (logit <= least) {
                continue;
            }
            largest[size++] = logit;
            if (size == largest.length) {
                Arrays.sort(largest);
                System.arraycopy(largest, size - topK, largest, 0, topK);
                size = topK;
                least = largest[0];
            }
        }
        Arrays.sort(largest, 0, size);
        return largest[size - topK];
    }
}
