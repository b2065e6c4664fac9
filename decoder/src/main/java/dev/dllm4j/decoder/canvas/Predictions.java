package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;
import java.util.Arrays;

/**
 * What a forward says about the demanded positions. Slot i belongs to the i-th demanded position. Reused by every step
 * of a sequence and valid until its next forward; confined to one thread.
 *
 * <p>The token and probability of a slot are the proposal: the best token, or what sampling {@link #propose proposed}
 * instead. Strategies judge it by its confidence, which is that probability unless a strategy {@link #fuse fused} it.
 */
public final class Predictions {
    private static final int ABSENT = -1;

    private int size;
    private int[] positions = {};
    private int[] slotOf = {};
    private boolean[] present = {};
    private int[] token = {};
    private float[] probability = {};
    private float[] confidence = {};
    private int[] secondToken = {};
    private float[] secondProbability = {};
    private float[] margin = {};
    private float[] entropy = {};
    private float[] samplingEntropy = {};
    private float[] logSumExp = {};
    private float[] candidateLogits = {};
    private int candidates;

    /** Makes room for a forward; every slot is absent until it is filled. */
    public void reset(Demand demand, int canvasLength) {
        Arrays.fill(slotOf, ABSENT);
        Positions demanded = demand.positions();
        size = 0;
        grow(demanded.size(), demand.candidatesPerPosition(), canvasLength);
        size = demanded.size();
        candidates = demand.candidatesPerPosition();
        Arrays.fill(present, 0, size, false);
        for (int slot = 0; slot < size; slot++) {
            positions[slot] = demanded.get(slot);
            slotOf[positions[slot]] = slot;
        }
    }

    /** Slots, one a demanded position. */
    public int size() {
        return size;
    }

    public int position(int slot) {
        return positions[slot];
    }

    /** The slot of a demanded position; asking for another one is a broken promise. */
    public int slotOf(int position) {
        int slot = slotOf[position];
        if (slot == ABSENT) {
            throw new IllegalStateException("position " + position + " was not demanded");
        }
        return slot;
    }

    /** Whether the forward computed the row that predicts this slot. */
    public boolean present(int slot) {
        return present[slot];
    }

    /** The proposed token; never the mask token. */
    public int token(int slot) {
        return token[slot];
    }

    /** Probability of the proposed token. */
    public float probability(int slot) {
        return probability[slot];
    }

    /** What a strategy judges the proposed token by: its probability, or what that was fused with. */
    public float confidence(int slot) {
        return confidence[slot];
    }

    public int secondToken(int slot) {
        return secondToken[slot];
    }

    /** Probability of the second-best token. */
    public float secondProbability(int slot) {
        return secondProbability[slot];
    }

    /** Probability of the best token less that of the second best, in the distribution that tokens are drawn from. */
    public float margin(int slot) {
        return margin[slot];
    }

    /** Entropy of the whole row, in nats. */
    public float entropy(int slot) {
        return entropy[slot];
    }

    /** Entropy in nats of the distribution that tokens are drawn from: the whole row unless it was narrowed. */
    public float samplingEntropy(int slot) {
        return samplingEntropy[slot];
    }

    /** Logarithm of the sum of the exponentials of the whole row. */
    public float logSumExp(int slot) {
        return logSumExp[slot];
    }

    /** The logit of the index-th demanded candidate id. */
    public float candidateLogit(int slot, int index) {
        return candidateLogits[slot * candidates + index];
    }

    /**
     * Fills a slot's statistics; the best token is the proposal.
     *
     * @throws IllegalArgumentException if one of them is no finite number: no strategy could rank it
     */
    public void fill(
            int slot, int best, float probability, int second, float secondProbability, float entropy, float sum) {
        if (!Float.isFinite(probability + secondProbability + entropy + sum)) {
            throw new IllegalArgumentException("the model says of position " + positions[slot] + " that token " + best
                    + " has probability " + probability + " at entropy " + entropy
                    + "; it must give finite numbers, so check its weights");
        }
        present[slot] = true;
        propose(slot, best, probability);
        secondToken[slot] = second;
        this.secondProbability[slot] = secondProbability;
        this.entropy[slot] = entropy;
        narrow(slot, probability - secondProbability, entropy);
        logSumExp[slot] = sum;
    }

    public void fillCandidate(int slot, int index, float logit) {
        candidateLogits[slot * candidates + index] = logit;
    }

    /** Replaces a slot's proposal. */
    public void propose(int slot, int proposed, float probability) {
        token[slot] = proposed;
        this.probability[slot] = probability;
        confidence[slot] = probability;
    }

    /** Replaces margin and entropy of the distribution that tokens are drawn from, where it is not the whole row. */
    public void narrow(int slot, float margin, float entropy) {
        this.margin[slot] = margin;
        samplingEntropy[slot] = entropy;
    }

    /**
     * Replaces what strategies judge a slot by, for a distribution that a strategy has fused with what it knows.
     *
     * @param probability of the token in the distribution that was fused
     * @param confidence of the token in the fused distribution
     * @param entropy of the fused distribution, in nats
     */
    public void fuse(int slot, int fused, float probability, float confidence, float entropy) {
        propose(slot, fused, probability);
        this.confidence[slot] = confidence;
        this.entropy[slot] = entropy;
        samplingEntropy[slot] = entropy;
    }

    /** The array that is looked at grows last, so that where memory ends the next forward grows all again. */
    private void grow(int slots, int candidatesPerSlot, int canvasLength) {
        if (slotOf.length < canvasLength) {
            int[] longer = new int[canvasLength];
            Arrays.fill(longer, ABSENT);
            slotOf = longer;
        }
        if (logSumExp.length < slots) {
            positions = new int[slots];
            present = new boolean[slots];
            token = new int[slots];
            probability = new float[slots];
            confidence = new float[slots];
            secondToken = new int[slots];
            secondProbability = new float[slots];
            margin = new float[slots];
            entropy = new float[slots];
            samplingEntropy = new float[slots];
            logSumExp = new float[slots];
        }
        if (candidateLogits.length < slots * candidatesPerSlot) {
            candidateLogits = new float[slots * candidatesPerSlot];
        }
    }
}
