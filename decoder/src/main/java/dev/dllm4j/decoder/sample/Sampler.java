package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Proposes a token for every predicted position, with the confidence its architecture gives it: LLaDA the token's
 * probability in the model's own distribution ({@code generate.py}), Dream its probability after temperature, top-p and
 * top-k ({@code generation_utils.py}, {@code sample_tokens}).
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

    public Sampler(Sampling sampling, ModelSpec spec) {
        draws = sampling.temperature() > 0;
        filteredConfidence = spec.architecture().filteredConfidence();
        readsRows = draws || (filteredConfidence && !sampling.plain());
        temperature = draws ? sampling.temperature() : 1;
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
        filter = new TokenFilter(sampling.topK(), sampling.topP(), temperature, row.length);
    }

    /** Asks for whole rows where a draw or a filter has to see them, and says what tokens are forbidden or favoured. */
    public void demand(Demand demand) {
        demand.forbid(forbidden);
        demand.bias(bias);
        if (readsRows) {
            demand.fullRows();
        }
    }

    /** Replaces the proposals of a forward's predictions. */
    public void propose(Predictions predictions, int step, Noise noise) {
        if (!readsRows) {
            return;
        }
        for (int slot = 0; slot < predictions.size(); slot++) {
            if (predictions.present(slot)) {
                propose(predictions, slot, step, noise);
            }
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

    private void propose(Predictions predictions, int slot, int step, Noise noise) {
        int best = read(predictions, slot);
        filter.fit(row, row[best]);
        int token = draws ? draw(row[best], step, predictions.position(slot), noise) : best;
        if (filteredConfidence) {
            proposeOfTheKept(predictions, slot, token, best);
        } else {
            double probability = Math.exp((double) row[token] - predictions.logSumExp(slot));
            predictions.propose(slot, token, (float) probability);
        }
    }

    /** Copies a slot's row without the mask token; returns the best of the others. */
    private int read(Predictions predictions, int slot) {
        for (int token = 0; token < row.length; token++) {
            row[token] = predictions.logit(slot, token);
        }
        row[maskToken] = Float.NEGATIVE_INFINITY;
        int best = 0;
        for (int token = 1; token < row.length; token++) {
            if (row[token] > row[best]) {
                best = token;
            }
        }
        return best;
    }

    private int draw(float best, int step, int position, Noise noise) {
        int drawn = -1;
        double largest = Double.NEGATIVE_INFINITY;
        for (int token = 0; token < row.length; token++) {
            if (!filter.keeps(token, row[token])) {
                continue;
            }
            double score = ((double) row[token] - best) / temperature + noise.gumbel(step, position, token);
            if (score > largest) {
                largest = score;
                drawn = token;
            }
        }
        return drawn;
    }

    /** Reads probability, margin and entropy from the tempered distribution of the kept tokens. */
    private void proposeOfTheKept(Predictions predictions, int slot, int token, int best) {
        double sum = 0;
        double weightedSum = 0;
        double second = 0;
        for (int other = 0; other < row.length; other++) {
            double weight = filter.keeps(other, row[other]) ? filter.weight(row[other], row[best]) : 0;
            if (weight > 0) {
                sum += weight;
                weightedSum += weight * ((double) row[other] - row[best]) / temperature;
                second = other == best ? second : Math.max(second, weight);
            }
        }
        predictions.propose(slot, token, (float) (filter.weight(row[token], row[best]) / sum));
        predictions.narrow(slot, (float) ((1 - second) / sum), (float) (Math.log(sum) - weightedSum / sum));
    }
}
