package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What the checkpoints of a family call their weights.
 *
 * @param byRole the tensor of each role that the family has, with <code>{layer}</code> where its layer's number goes
 */
record TensorNames(Map<Role, String> byRole) {
    private static final String LAYER = "{layer}";
    private static final Set<Role> OUTSIDE = Set.of(Role.EMBEDDING, Role.FINAL_NORM, Role.HEAD);

    TensorNames {
        byRole = Map.copyOf(byRole);
    }

    /** Every weight of a model, in the order it is stored: embedding, layer by layer, final norm, head. */
    List<WeightSlot> slots(ModelSpec spec) {
        List<WeightSlot> slots = new ArrayList<>();
        slots.add(outside(Role.EMBEDDING, spec));
        for (int layer = 0; layer < spec.layers(); layer++) {
            for (Role role : Role.values()) {
                String name = byRole.get(role);
                if (name != null && !OUTSIDE.contains(role)) {
                    name = name.replace(LAYER, Integer.toString(layer));
                    slots.add(new WeightSlot(new WeightKey(layer, role), name, shape(role, spec)));
                }
            }
        }
        slots.add(outside(Role.FINAL_NORM, spec));
        slots.add(outside(Role.HEAD, spec));
        return slots;
    }

    private WeightSlot outside(Role role, ModelSpec spec) {
        return new WeightSlot(WeightKey.outside(role), Objects.requireNonNull(byRole.get(role)), shape(role, spec));
    }

    private static List<Long> shape(Role role, ModelSpec spec) {
        long hidden = spec.hidden();
        return switch (role) {
            case EMBEDDING, HEAD -> List.of((long) spec.vocabulary(), hidden);
            case ATTENTION_NORM, FEED_FORWARD_NORM, FINAL_NORM -> List.of(hidden);
            case QUERY -> List.of((long) spec.queryWidth(), hidden);
            case KEY, VALUE -> List.of((long) spec.kvWidth(), hidden);
            case QUERY_BIAS -> List.of((long) spec.queryWidth());
            case KEY_BIAS, VALUE_BIAS -> List.of((long) spec.kvWidth());
            case ATTENTION_OUT -> List.of(hidden, (long) spec.queryWidth());
            case GATE, UP -> List.of((long) spec.feedForward().width(), hidden);
            case DOWN -> List.of(hidden, (long) spec.feedForward().width());
        };
    }
}
