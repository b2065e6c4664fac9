package dev.dllm4j.decoder.convert;

import java.util.Locale;

/**
 * What a conversion to other weights lost, as a {@link LossCheck} measured it.
 *
 * @param prompts that were answered with both weights
 * @param genLength positions of each answer
 * @param equalTokens share of the answers' tokens that are the same at the same position, within [0, 1]
 * @param tokens of the answers, of each pair those of the longer one
 * @param divergence mean over rows of the Kullback-Leibler divergence from the reference's distribution of tokens to the
 *     converted model's, in nats; 0 where they are equal
 * @param rows of masked positions that the mean is over
 */
public record WeightLoss(int prompts, int genLength, double equalTokens, long tokens, double divergence, long rows) {
    public WeightLoss {
        require(prompts > 0, "prompts is " + prompts + "; it must be positive");
        require(genLength > 0, "genLength is " + genLength + "; it must be positive");
        require(
                equalTokens >= 0 && equalTokens <= 1,
                "equalTokens is " + equalTokens + "; it must be a share within [0, 1]");
        require(tokens >= 0, "tokens is " + tokens + "; it must not be negative");
        require(
                divergence >= 0 && Double.isFinite(divergence),
                "divergence is " + divergence + "; it must be finite and not negative");
        require(rows > 0, "rows is " + rows + "; it must be positive");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%.2f %% of %d tokens equal, KL divergence %.3g nats a row over %d rows; %d prompts, gen length %d",
                100 * equalTokens,
                tokens,
                divergence,
                rows,
                prompts,
                genLength);
    }
}
