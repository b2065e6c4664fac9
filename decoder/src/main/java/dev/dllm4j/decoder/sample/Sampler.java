package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.ModelSpec;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Proposes a token for every predicted position, with the confidence its architecture gives it: LLaDA the token's
 * probability in the model's own distribution ({@code generate.py}), Dream its probability after temperature, top-p and
 * top-k ({@code generation_utils.py}, {@code sample_tokens}), SDAR after temperature, top-k and top-p ({@code generate.py}).
 *
 * <p>A draw adds Gumbel noise to the tempered logits of the kept tokens and takes the largest, which is an exact draw
 * from their softmax. The mask token is removed before the filters: it is never drawn, and a filtered probability is
 * one among the other tokens. Without a draw or a filter the proposal stays what the forward found.
 *
 * <p>Serves one sequence, on one thread.
 */
public final class Sampler {
    private final boolean draws;
    private final boolean filteredConfidence;
    private final boolean readsRows;
    private final double temperature;
    private final int maskToken;
    private final Set<Integer> forbidden;
    private final Map<Integer, Float> bias;
    private final float[] row;
    private final TokenFilter filter;
    private final Weights weights;
    private final KeptTokens kept;
    private final Proposals proposals = new Proposals();

    public Sampler(Sampling sampling, ModelSpec spec) {
        draws = sampling.temperature() > 0 && !sampling.best();
        filteredConfidence = spec.readout().filteredConfidence();
        readsRows = draws || (filteredConfidence && !sampling.plain());
        temperature = sampling.temperature() > 0 ? sampling.temperature() : 1;
        maskToken = spec.maskToken();
        forbidden = sampling.forbidPads() ? pads(spec) : Set.of();
        bias = sampling.bias();
        for (int token : bias.keySet()) {
            if (token < 0 || token >= spec.vocabulary()) {
                throw new IllegalArgumentException("a logit bias is given for token " + token
                        + "; the model's tokens are 0 to " + (spec.vocabulary() - 1));
            }
        }
        row = new float[readsRows ? spec.vocabulary() : 0];
        filter =
                new TokenFilter(sampling.topK(), sampling.topP(), spec.readout().topKFirst(), temperature, row.length);
        weights = new Weights(temperature, filteredConfidence || filter.fitsWeights() ? row.length : 0);
        kept = new KeptTokens(filter, weights, temperature);
    }

    /**
     * Asks for whole rows where a draw or a filter has to see them, and says what tokens are forbidden or favoured. Tokens
     * are drawn as the rows are made; {@link #propose} proposes them.
     */
    public void demand(Demand demand, int step, Noise noise) {
        demand.forbid(forbidden);
        demand.bias(bias);
        proposals.clear();
        if (readsRows) {
            demand.fullRows((slot, logits) ->
                    draw(slot, logits, noise.at(step, demand.positions().get(slot))));
        }
    }

    /** Replaces the proposals of the predictions that {@link #demand} asked for. */
    public void propose(Predictions predictions) {
        if (readsRows) {
            proposals.propose(predictions);
        }
    }

    private static Set<Integer> pads(ModelSpec spec) {
        Set<Integer> pads = new TreeSet<>(spec.padTokens());
        pads.removeAll(spec.endTokens());
        if (pads.isEmpty()) {
            throw new IllegalArgumentException(
                    "padding is forbidden, and the model has none besides its end tokens; allow it");
        }
        return pads;
    }

    private void draw(int slot, FloatBuffer logits, Noise.Tokens noise) {
        int best = read(logits);
        filter.fit(row, row[best], weights);
        int token = draws ? draw(best, noise) : best;
        if (filteredConfidence) {
            kept.fit(row, best);
            proposals.narrowed(slot, token, kept.probability(row[token]), kept.margin(), kept.entropy());
        } else {
            proposals.whole(slot, token, row[token]);
        }
    }

    /** Copies a row without the mask token; returns the best of the others. */
    private int read(FloatBuffer logits) {
        logits.get(0, row);
        row[maskToken] = Float.NEGATIVE_INFINITY;
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            largest = Math.max(largest, logit);
        }
        int best = 0;
        while (row[best] != largest) {
            best++;
        }
        return best;
    }

    /**
     * The token with the largest score, the lowest of several. Most tokens are passed over without a logarithm, or even
     * without noise: those that the largest noise there is, or a bound of their own, would not make the winner.
     */
    private int draw(int best, Noise.Tokens noise) {
        float[] logits = row;
        double top = logits[best];
        // A little too small, so that scaled logits, which are at most 0, come out too large.
        double perLogit = (1 - 1e-9) / temperature;
        int drawn = best;
        double largest = noise.gumbel(best);
        float least = leastToWin(top, largest);
        for (int token = 0; token < logits.length; token++) {
            float logit = logits[token];
            if (logit < least
                    || (logit - top) * perLogit + noise.gumbelCeiling(token) < largest
                    || !filter.keeps(token, logit)) {
                continue;
            }
            double score = (logit - top) / temperature + noise.gumbel(token);
            if (score > largest || (score == largest && token < drawn)) {
                drawn = token;
                largest = score;
                least = leastToWin(top, largest);
            }
        }
        return drawn;
    }

    /** No kept token with a smaller logit has a larger score, whatever its noise. */
    private float leastToWin(double top, double largest) {
        float least = (float) (top + temperature * (largest - Noise.Tokens.LARGEST_GUMBEL));
        return Math.max(Math.nextDown(least), filter.bar());
    }
}
