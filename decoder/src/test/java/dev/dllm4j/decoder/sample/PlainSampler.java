package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Noise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The sampler written down without regard to cost: every token has its noise, the whole row is ranked, every weight is
 * {@link Math#exp}'s and added up in order. What the sampler says must be this, bit for bit.
 *
 * @param temperature 1 for the best token
 */
record PlainSampler(double temperature, int topK, double topP) {
    /** @param logits raw scores, {@code [vocab]}; negative infinity for the mask */
    Drawn draw(float[] logits, boolean draws, int step, int position, Noise noise) {
        List<Integer> ranked = new ArrayList<>();
        for (int token = 0; token < logits.length; token++) {
            ranked.add(token);
        }
        ranked.sort(Comparator.comparingDouble((Integer token) -> -(logits[token] + 0f)));
        int best = ranked.get(0);
        boolean[] kept = kept(logits, ranked);
        int token = draws ? winner(logits, best, kept, step, position, noise) : best;
        double sum = 0;
        double weightedSum = 0;
        double second = 0;
        for (int other = 0; other < logits.length; other++) {
            double weight = kept[other] ? weight(logits[other], logits[best]) : 0;
            if (weight > 0) {
                sum += weight;
                weightedSum += weight * ((double) logits[other] - logits[best]) / temperature;
                second = other == best ? second : Math.max(second, weight);
            }
        }
        return new Drawn(
                token,
                weight(logits[token], logits[best]) / sum,
                (1 - second) / sum,
                Math.log(sum) - weightedSum / sum);
    }

    private boolean[] kept(float[] logits, List<Integer> ranked) {
        int best = ranked.get(0);
        boolean[] kept = new boolean[logits.length];
        Arrays.fill(kept, true);
        if (topP < 1) {
            double total = 0;
            for (float logit : logits) {
                total += weight(logit, logits[best]);
            }
            double mass = 0;
            for (int token : ranked) {
                kept[token] = mass <= topP * total;
                mass += weight(logits[token], logits[best]);
            }
        }
        if (topK > 0 && topK < logits.length) {
            float kth = logits[ranked.get(topK - 1)];
            for (int token = 0; token < logits.length; token++) {
                kept[token] &= logits[token] >= kth;
            }
        }
        return kept;
    }

    private int winner(float[] logits, int best, boolean[] kept, int step, int position, Noise noise) {
        int drawn = -1;
        double largest = Double.NEGATIVE_INFINITY;
        for (int token = 0; token < logits.length; token++) {
            double score = ((double) logits[token] - logits[best]) / temperature + noise.gumbel(step, position, token);
            if (kept[token] && score > largest) {
                largest = score;
                drawn = token;
            }
        }
        return drawn;
    }

    private double weight(float logit, float best) {
        return Math.exp(((double) logit - best) / temperature);
    }

    /** A token, and its probability, margin and entropy of the kept tokens' distribution. */
    record Drawn(int token, double probability, double margin, double entropy) {}
}
