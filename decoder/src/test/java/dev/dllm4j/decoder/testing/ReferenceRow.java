package dev.dllm4j.decoder.testing;

import java.util.Arrays;

/**
 * What a row of logits says, by the definitions and in double precision: the two best tokens but the mask token, with
 * their probabilities among all tokens, and entropy (nats) and log-sum-exp of the whole row.
 */
public record ReferenceRow(
        int token, double probability, int second, double secondProbability, double entropy, double logSumExp) {

    public static ReferenceRow of(double[] logits, int maskToken) {
        double logSumExp = Math.log(Arrays.stream(logits).map(Math::exp).sum());
        double entropy = -Arrays.stream(logits)
                .map(logit -> Math.exp(logit - logSumExp) * (logit - logSumExp))
                .sum();
        int best = best(logits, maskToken, maskToken);
        int second = best(logits, maskToken, best);
        return new ReferenceRow(
                best,
                Math.exp(logits[best] - logSumExp),
                second,
                Math.exp(logits[second] - logSumExp),
                entropy,
                logSumExp);
    }

    /** By how much the best token is ahead. */
    public double margin() {
        return probability - secondProbability;
    }

    private static int best(double[] logits, int excluded, int alsoExcluded) {
        int best = -1;
        for (int token = 0; token < logits.length; token++) {
            if (token != excluded && token != alsoExcluded && (best < 0 || logits[token] > logits[best])) {
                best = token;
            }
        }
        return best;
    }
}
