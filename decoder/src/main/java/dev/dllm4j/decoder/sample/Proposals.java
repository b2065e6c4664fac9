package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Predictions;
import java.util.Arrays;

/** What was drawn of a forward's rows, by slot, until the forward is over. Reused, confined to one thread. */
final class Proposals {
    private static final int NONE = -1;

    private int[] tokens = {};
    /** Whether a slot's numbers are those of a distribution of its own; else the first is the token's logit. */
    private boolean[] narrowed = {};

    private float[] values = {};
    private float[] margins = {};
    private float[] entropies = {};

    void clear() {
        Arrays.fill(tokens, NONE);
    }

    /** A token whose probability is that in the whole row. */
    void whole(int slot, int token, float logit) {
        grow(slot);
        tokens[slot] = token;
        narrowed[slot] = false;
        values[slot] = logit;
    }

    /** A token, and the numbers of the narrowed distribution that it was drawn from. */
    void narrowed(int slot, int token, float probability, float margin, float entropy) {
        grow(slot);
        tokens[slot] = token;
        narrowed[slot] = true;
        values[slot] = probability;
        margins[slot] = margin;
        entropies[slot] = entropy;
    }

    /** Replaces the proposals of all present slots. */
    void propose(Predictions predictions) {
        for (int slot = 0; slot < predictions.size(); slot++) {
            if (!predictions.present(slot)) {
                continue;
            }
            if (slot >= tokens.length || tokens[slot] == NONE) {
                throw new IllegalStateException("the forward gave no whole row of position "
                        + predictions.position(slot) + ", which sampling asked for");
            }
            if (narrowed[slot]) {
                predictions.propose(slot, tokens[slot], values[slot]);
                predictions.narrow(slot, margins[slot], entropies[slot]);
            } else {
                double probability = Math.exp((double) values[slot] - predictions.logSumExp(slot));
                predictions.propose(slot, tokens[slot], (float) probability);
            }
        }
    }

    private void grow(int slot) {
        int before = tokens.length;
        if (slot >= before) {
            int size = Math.max(slot + 1, 2 * before);
            tokens = Arrays.copyOf(tokens, size);
            Arrays.fill(tokens, before, size, NONE);
            narrowed = Arrays.copyOf(narrowed, size);
            values = Arrays.copyOf(values, size);
            margins = Arrays.copyOf(margins, size);
            entropies = Arrays.copyOf(entropies, size);
        }
    }
}
