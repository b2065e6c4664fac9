package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Ranking;
import java.util.Arrays;

/**
 * The tokens of a row that top-p and top-k leave, as Dream's sampler filters them ({@code generation_utils.py}): top-p
 * keeps the token that crosses p, top-k keeps all that tie with the k-th largest logit. Both keep the largest logits, so
 * that what they leave together is one cut through the row. Reused, confined to one thread.
 */
final class TokenFilter {
    private final int topK;
    private final double topP;
    private final double temperature;
    private final Ranking ranking = new Ranking();
    private final float[] largest;
    private float bar;
    private int lastAtBar;

    /** @param temperature above 0, of the distribution that top-p sums up */
    TokenFilter(int topK, double topP, double temperature, int vocabulary) {
        this.topK = topK < vocabulary ? topK : 0;
        this.topP = topP;
        this.temperature = temperature;
        this.largest = new float[(int) Math.min(2L * this.topK, vocabulary)];
    }

    /**
     * Finds the cut of a row.
     *
     * @param row raw scores, {@code [vocab]}; negative infinity for a token that never counts
     * @param best largest score of the row
     */
    void fit(float[] row, float best) {
        bar = Float.NEGATIVE_INFINITY;
        lastAtBar = Integer.MAX_VALUE;
        if (topP < 1) {
            cutTopP(row, best);
        }
        if (topK > 0) {
            cutTopK(row);
        }
    }

    /** Whether a token of the row stays. */
    boolean keeps(int token, float logit) {
        return logit > bar || (logit == bar && token <= lastAtBar);
    }

    /** Probability of a logit, unnormalised: 1 for the best. */
    double weight(float logit, float best) {
        return Math.exp(((double) logit - best) / temperature);
    }

    /** The smallest prefix of the ranked tokens whose probability exceeds p, at least one token. */
    private void cutTopP(float[] row, float best) {
        double total = 0;
        for (float logit : row) {
            total += weight(logit, best);
        }
        // Tokens below (1 - p) / vocab of the total weigh less than 1 - p together: the prefix ends before them.
        double least = best + temperature * Math.log((1 - topP) * total / row.length);
        ranking.clear();
        for (int token = 0; token < row.length; token++) {
            if (row[token] >= least) {
                ranking.add(token, row[token]);
            }
        }
        ranking.sort();
        int last = 0;
        double mass = weight(ranking.score(0), best);
        while (mass <= topP * total && last < ranking.size() - 1) {
            last++;
            mass += weight(ranking.score(last), best);
        }
        bar = ranking.score(last);
        lastAtBar = ranking.id(last);
    }

    private void cutTopK(float[] row) {
        float kth = kthLargest(row);
        if (kth > bar) {
            bar = kth;
            lastAtBar = Integer.MAX_VALUE;
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
