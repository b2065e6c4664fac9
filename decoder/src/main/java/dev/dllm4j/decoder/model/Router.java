package dev.dllm4j.decoder.model;

/**
 * How a row's experts are chosen and weighed, from its router logits. Where several could be the next one, the lowest id
 * is.
 */
public sealed interface Router {
    /** Whether a weight of the model is added to every expert's score. */
    boolean biased();

    /**
     * Probabilities over all experts; the largest are chosen and weigh as they are, so that a row's weights sum to less
     * than one (LLaDA-MoE).
     *
     * @param biased whether a bias is added to the probabilities; it counts in the weights, too
     */
    record Softmax(boolean biased) implements Router {}

    /**
     * A score of its own for each expert. Groups of neighbouring experts compete first, by the sum of their two best
     * biased scores; inside those kept, the largest biased scores are chosen. Weights are the scores without bias, divided
     * by their sum and scaled (LLaDA2).
     *
     * @param groups of equal size
     * @param keptGroups that experts are chosen from
     * @param scale of the weights
     */
    record Sigmoid(int groups, int keptGroups, double scale) implements Router {
        public Sigmoid {
            if (groups < 1 || keptGroups < 1 || keptGroups > groups) {
                throw new IllegalArgumentException("the router has " + groups + " groups of experts and keeps "
                        + keptGroups + "; it must keep at least one and at most all");
            }
            if (!(scale > 0) || !Double.isFinite(scale)) {
                throw new IllegalArgumentException("the router's scale is " + scale + "; it must be positive");
            }
        }

        @Override
        public boolean biased() {
            return true;
        }
    }
}
