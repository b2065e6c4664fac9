package dev.dllm4j.train.adapt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.train.model.Tensors;

/**
 * Certainty forcing's second term: the entropy of rows that are right already, at a temperature.
 *
 * @param beta what the mean entropy counts against the mean cross entropy
 * @param temperature divides the logits
 * @see <a href="https://arxiv.org/abs/2509.26488">dParallel: Learnable Parallel Decoding for dLLMs</a>
 */
public record CertaintyLoss(double beta, double temperature) {
    public CertaintyLoss {
        if (!(beta >= 0 && Double.isFinite(beta))) {
            throw new IllegalArgumentException("beta is " + beta + "; it must be 0 or above");
        }
        if (!(temperature > 0 && Double.isFinite(temperature))) {
            throw new IllegalArgumentException("temperature is " + temperature + "; it must be above 0");
        }
    }

    /** Entropy of every row in nats, {@code [rows]}. */
    static NDArray entropies(NDArray logits, double temperature) {
        NDArray logarithms = logits.div(Tensors.constant(logits, temperature)).logSoftmax(-1);
        return logarithms.exp().mul(logarithms).sum(new int[] {-1}).neg();
    }

    /** Which rows' best token is their target. */
    static boolean[] correct(NDArray logits, long[] targets) {
        long[] best = logits.argMax(-1).toLongArray();
        boolean[] correct = new boolean[targets.length];
        for (int row = 0; row < targets.length; row++) {
            correct[row] = best[row] == targets[row];
        }
        return correct;
    }

    /**
     * Beta times the mean over samples of the mean entropy of their correct rows; 0 for a sample without any.
     *
     * @param logits {@code [rows, vocabulary]}
     * @param samples which sample each row is of
     * @param pairs what the sum over samples is divided by
     */
    NDArray certainty(NDArray logits, long[] targets, int[] samples, int pairs, NDManager step) {
        boolean[] correct = correct(logits, targets);
        int[] counts = new int[samples.length == 0 ? 0 : samples[samples.length - 1] + 1];
        for (int row = 0; row < correct.length; row++) {
            counts[samples[row]] += correct[row] ? 1 : 0;
        }
        float[] weights = new float[correct.length];
        for (int row = 0; row < correct.length; row++) {
            weights[row] = correct[row] ? (float) (beta / ((double) counts[samples[row]] * pairs)) : 0;
        }
        return entropies(logits, temperature).mul(step.create(weights)).sum();
    }
}
