package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.spec.Bound;
import java.util.Map;

/**
 * How a token is proposed for a position.
 *
 * @param temperature 0 proposes the best token, above 0 draws from softmax(logits / temperature)
 * @param topK keeps the k largest logits; 0 keeps all
 * @param topP keeps the smallest set of best tokens whose probability exceeds it, at least one; 1 keeps all
 * @param seed of every random choice of the decoding
 * @param forbidPads whether padding that is no end of text is never proposed: with rainbow padding the text then ends at
 *     its end token, or where the canvas does
 * @param best whether the best token is proposed above temperature 0, too, which then shapes confidences alone
 * @param bias what is added to the logits of tokens, by id, within [-100, 100]
 */
public record Sampling(
        double temperature,
        int topK,
        double topP,
        long seed,
        boolean forbidPads,
        boolean best,
        Map<Integer, Float> bias) {
    /** Always the best token. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    /** Padding allowed, as the originals decode. */
    public Sampling(double temperature, int topK, double topP, long seed) {
        this(temperature, topK, topP, seed, false);
    }

    /** No token favoured. */
    public Sampling(double temperature, int topK, double topP, long seed, boolean forbidPads) {
        this(temperature, topK, topP, seed, forbidPads, false, Map.of());
    }

    public Sampling {
        Bound.TEMPERATURE.require(temperature);
        if (topK < 0) {
            throw new IllegalArgumentException("top-k is " + topK + "; it must be at least 0, 0 for all tokens");
        }
        Bound.TOP_P.require(topP);
        bias = Map.copyOf(bias);
        bias.forEach((token, value) -> Bound.LOGIT_BIAS.require("the logit bias of token " + token, value));
    }

    public Sampling withSeed(long other) {
        return new Sampling(temperature, topK, topP, other, forbidPads, best, bias);
    }

    public Sampling withBias(Map<Integer, Float> other) {
        return new Sampling(temperature, topK, topP, seed, forbidPads, best, other);
    }

    public Sampling withPadsForbidden() {
        return new Sampling(temperature, topK, topP, seed, true, best, bias);
    }

    /** The best token in place of a drawn one: what SDAR's own sampler does where its draw is left out. */
    public Sampling withBestToken() {
        return new Sampling(temperature, topK, topP, seed, forbidPads, true, bias);
    }

    /** Whether the best token is proposed, with its probability under the whole distribution. */
    public boolean plain() {
        return temperature == 0 && topK == 0 && topP == 1;
    }
}
