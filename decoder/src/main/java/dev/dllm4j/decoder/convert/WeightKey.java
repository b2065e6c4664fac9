package dev.dllm4j.decoder.convert;

/**
 * The place of a weight in the model.
 *
 * @param layer 0-based, or {@link #OUTSIDE} for embedding, final norm and head
 */
record WeightKey(int layer, Role role) {
    static final int OUTSIDE = -1;

    static WeightKey outside(Role role) {
        return new WeightKey(OUTSIDE, role);
    }
}
