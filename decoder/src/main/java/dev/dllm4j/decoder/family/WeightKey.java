package dev.dllm4j.decoder.family;

/**
 * The place of a weight in the model.
 *
 * @param layer 0-based, or {@link #OUTSIDE} for embedding, final norm and head
 */
public record WeightKey(int layer, Role role) {
    public static final int OUTSIDE = -1;

    public static WeightKey outside(Role role) {
        return new WeightKey(OUTSIDE, role);
    }
}
