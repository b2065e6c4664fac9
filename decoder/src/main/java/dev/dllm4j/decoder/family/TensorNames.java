package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.model.ModelSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the checkpoints of a family call their weights. Roles of one name share a tensor, whose rows are theirs one role
 * after the other.
 *
 * @param byRole the tensor of each role that the family has, with <code>{layer}</code> where its layer's number goes
 */
record TensorNames(Map<Role, String> byRole) {
    private static final String LAYER = "{layer}";
    private static final List<Role> BEFORE = List.of(Role.EMBEDDING, Role.EMBEDDING_NORM);
    private static final List<Role> BEHIND =
            List.of(Role.FINAL_NORM, Role.HEAD_TRANSFORM, Role.HEAD_NORM, Role.HEAD, Role.HEAD_BIAS);

    TensorNames {
        byRole = Map.copyOf(byRole);
    }

    /** Every weight of a model, in the order it is stored: embedding, layer by layer, final norm, head. */
    List<WeightSlot> slots(ModelSpec spec) {
        List<WeightSlot> slots = new ArrayList<>();
        add(slots, WeightKey.OUTSIDE, BEFORE, spec);
        List<Role> ofLayers = new ArrayList<>(List.of(Role.values()));
        ofLayers.removeAll(BEFORE);
        ofLayers.removeAll(BEHIND);
        for (int layer = 0; layer < spec.layers(); layer++) {
            add(slots, layer, ofLayers, spec);
        }
        add(slots, WeightKey.OUTSIDE, BEHIND, spec);
        return slots;
    }

    private void add(List<WeightSlot> slots, int layer, List<Role> roles, ModelSpec spec) {
        Map<String, Long> rows = new HashMap<>();
        for (Role role : roles) {
            String name = byRole.get(role);
            if (name != null) {
                rows.merge(name, shape(role, spec).get(0), Long::sum);
            }
        }
        Map<String, Long> begun = new HashMap<>();
        for (Role role : roles) {
            String name = byRole.get(role);
            if (name != null) {
                List<Long> shape = shape(role, spec);
                long first = begun.getOrDefault(name, 0L);
                begun.put(name, first + shape.get(0));
                String tensor = name.replace(LAYER, Integer.toString(layer));
                slots.add(
                        new WeightSlot(new WeightKey(layer, role), tensor, shape, first, rows.getOrDefault(name, 0L)));
            }
        }
    }

    private static List<Long> shape(Role role, ModelSpec spec) {
        long hidden = spec.hidden();
        return switch (role) {
            case EMBEDDING, HEAD -> List.of((long) spec.vocabulary(), hidden);
            case EMBEDDING_NORM, ATTENTION_NORM, FEED_FORWARD_NORM, FINAL_NORM, HEAD_NORM -> List.of(hidden);
            case QUERY -> List.of((long) spec.queryWidth(), hidden);
            case KEY, VALUE -> List.of((long) spec.kvWidth(), hidden);
            case QUERY_BIAS -> List.of((long) spec.queryWidth());
            case KEY_BIAS, VALUE_BIAS -> List.of((long) spec.kvWidth());
            case QUERY_NORM, KEY_NORM -> List.of((long) spec.headWidth());
            case ATTENTION_OUT -> List.of(hidden, (long) spec.queryWidth());
            case GATE, UP -> List.of((long) spec.feedForward().width(), hidden);
            case DOWN -> List.of(hidden, (long) spec.feedForward().width());
            case HEAD_TRANSFORM -> List.of(hidden, hidden);
            case HEAD_BIAS -> List.of((long) spec.vocabulary());
        };
    }
}
