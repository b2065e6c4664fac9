package dev.dllm4j.decoder.family;

/**
 * The place of a weight in the model.
 *
 * @param layer 0-based, or {@link #OUTSIDE} for embedding, final norm and head
 * @param expert 0-based, or {@link #WHOLE_LAYER} for a weight of which a layer has one
 */
public record WeightKey(int layer, Role role, int expert) {
    public static final int OUTSIDE = -1;
    public static final int WHOLE_LAYER = -1;

    public WeightKey(int layer, Role role) {
        this(layer, role, WHOLE_LAYER);
    }

    public static WeightKey outside(Role role) {
        return new WeightKey(OUTSIDE, role);
    }
}
