package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the checkpoints of a family call their weights. Roles of one name share a tensor, whose rows are theirs one role
 * after the other.
 *
 * @param byRole the tensor of each role that the family has, with <code>{layer}</code> where its layer's number goes, and
 *     <code>{expert}</code> where its expert's does
 * @param fused the tensor that the experts of a layer may share instead, {@code [experts, rows, columns]}
 */
record TensorNames(Map<Role, String> byRole, Map<Role, String> fused) {
    private static final String LAYER = "{layer}";
    private static final String EXPERT = "{expert}";
    private static final List<Role> BEFORE = List.of(Role.EMBEDDING, Role.EMBEDDING_NORM);
    private static final List<Role> AFTER =
            List.of(Role.FINAL_NORM, Role.HEAD_TRANSFORM, Role.HEAD_NORM, Role.HEAD, Role.HEAD_BIAS);
    private static final List<Role> OF_EXPERTS =
            Stream.of(Role.values()).filter(Role::ofExperts).toList();
    private static final List<Role> OF_LAYERS = Stream.of(Role.values())
            .filter(role -> !BEFORE.contains(role) && !AFTER.contains(role) && !role.ofExperts())
            .toList();

    TensorNames {
        byRole = Map.copyOf(byRole);
        fused = Map.copyOf(fused);
    }

    /** Names of a family without experts, or of one that saves each by itself. */
    TensorNames(Map<Role, String> byRole) {
        this(byRole, Map.of());
    }

    /** Every weight of a model, in the order it is stored: embedding, layer by layer, final norm, head. */
    List<WeightSlot> slots(ModelSpec spec) {
        List<WeightSlot> slots = new ArrayList<>();
        add(slots, WeightKey.OUTSIDE, BEFORE, spec);
        for (int layer = 0; layer < spec.layers(); layer++) {
            add(slots, layer, OF_LAYERS, spec);
            if (spec.feedForward() instanceof Experts experts && experts.routes(layer)) {
                for (int expert = 0; expert < experts.count(); expert++) {
                    addExpert(slots, layer, expert, experts, spec);
                }
            }
        }
        add(slots, WeightKey.OUTSIDE, AFTER, spec);
        return slots;
    }

    private void add(List<WeightSlot> slots, int layer, List<Role> roles, ModelSpec spec) {
        List<Role> present = roles.stream()
                .filter(role -> byRole.containsKey(role) && has(spec.feedForward(), layer, role))
                .toList();
        Map<String, Long> rows = rows(present, byRole, spec);
        Map<String, Long> begun = new HashMap<>();
        for (Role role : present) {
            List<Long> shape = shape(role, spec);
            String name = byRole.getOrDefault(role, "");
            long first = begun.merge(name, shape.get(0), Long::sum) - shape.get(0);
            List<Long> whole = new ArrayList<>(shape);
            whole.set(0, rows.getOrDefault(name, 0L));
            String tensor = name.replace(LAYER, Integer.toString(layer));
            slots.add(new WeightSlot(
                    new WeightKey(layer, role),
                    shape,
                    List.of(new WeightSlot.Source(tensor, whole, first * rowLength(shape)))));
        }
    }

    private void addExpert(List<WeightSlot> slots, int layer, int expert, Experts experts, ModelSpec spec) {
        Map<String, Long> rows =
                rows(OF_EXPERTS.stream().filter(fused::containsKey).toList(), fused, spec);
        Map<String, Long> begun = new HashMap<>();
        for (Role role : OF_EXPERTS) {
            List<Long> shape = shape(role, spec);
            List<WeightSlot.Source> sources = new ArrayList<>();
            String own = byRole.getOrDefault(role, "")
                    .replace(LAYER, Integer.toString(layer))
                    .replace(EXPERT, Integer.toString(expert));
            sources.add(new WeightSlot.Source(own, shape, 0));
            String shared = fused.get(role);
            if (shared != null) {
                long rowsEach = rows.getOrDefault(shared, 0L);
                long first = expert * rowsEach + begun.merge(shared, shape.get(0), Long::sum) - shape.get(0);
                sources.add(new WeightSlot.Source(
                        shared.replace(LAYER, Integer.toString(layer)),
                        List.of((long) experts.count(), rowsEach, shape.get(1)),
                        first * rowLength(shape)));
            }
            slots.add(new WeightSlot(new WeightKey(layer, role, expert), shape, sources));
        }
    }

    /** Rows of each tensor. */
    private static Map<String, Long> rows(List<Role> roles, Map<Role, String> names, ModelSpec spec) {
        Map<String, Long> rows = new HashMap<>();
        roles.forEach(role ->
                rows.merge(names.getOrDefault(role, ""), shape(role, spec).get(0), Long::sum));
        return rows;
    }

    private static long rowLength(List<Long> shape) {
        return shape.size() == 1 ? 1 : shape.get(1);
    }

    /** Whether a layer has a weight that others may lack. */
    private static boolean has(FeedForward feedForward, int layer, Role role) {
        return switch (role) {
            case GATE, UP, DOWN -> !feedForward.routes(layer);
            case ROUTER -> feedForward.routes(layer);
            case ROUTER_BIAS ->
                feedForward instanceof Experts experts
                        && experts.routes(layer)
                        && experts.router().biased();
            case SHARED_GATE, SHARED_UP, SHARED_DOWN ->
                feedForward instanceof Experts experts && experts.routes(layer) && experts.sharedWidth() > 0;
            default -> true;
        };
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
            case GATE, UP -> List.of(denseWidth(spec), hidden);
            case DOWN -> List.of(hidden, denseWidth(spec));
            case ROUTER -> List.of((long) experts(spec).count(), hidden);
            case ROUTER_BIAS -> List.of((long) experts(spec).count());
            case EXPERT_GATE, EXPERT_UP -> List.of((long) experts(spec).expertWidth(), hidden);
            case EXPERT_DOWN -> List.of(hidden, (long) experts(spec).expertWidth());
            case SHARED_GATE, SHARED_UP -> List.of((long) experts(spec).sharedWidth(), hidden);
            case SHARED_DOWN -> List.of(hidden, (long) experts(spec).sharedWidth());
            case HEAD_TRANSFORM -> List.of(hidden, hidden);
            case HEAD_BIAS -> List.of((long) spec.vocabulary());
        };
    }

    private static long denseWidth(ModelSpec spec) {
        return spec.feedForward() instanceof Experts experts
                ? experts.denseWidth()
                : spec.feedForward().width();
    }

    private static Experts experts(ModelSpec spec) {
        if (spec.feedForward() instanceof Experts experts) {
            return experts;
        }
        throw new IllegalStateException("a model with " + spec.feedForward() + " has no experts");
    }
}
