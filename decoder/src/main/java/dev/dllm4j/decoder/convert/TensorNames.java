package dev.dllm4j.decoder.convert;

import static java.util.Map.entry;

import dev.dllm4j.decoder.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What checkpoints of each architecture call their weights. */
final class TensorNames {
    private static final String LAYER = "{layer}";
    private static final Set<Role> OUTSIDE = Set.of(Role.EMBEDDING, Role.FINAL_NORM, Role.HEAD);

    private static final Map<Role, String> LLADA = Map.ofEntries(
            entry(Role.EMBEDDING, "model.transformer.wte.weight"),
            entry(Role.ATTENTION_NORM, "model.transformer.blocks.{layer}.attn_norm.weight"),
            entry(Role.QUERY, "model.transformer.blocks.{layer}.q_proj.weight"),
            entry(Role.KEY, "model.transformer.blocks.{layer}.k_proj.weight"),
            entry(Role.VALUE, "model.transformer.blocks.{layer}.v_proj.weight"),
            entry(Role.ATTENTION_OUT, "model.transformer.blocks.{layer}.attn_out.weight"),
            entry(Role.FEED_FORWARD_NORM, "model.transformer.blocks.{layer}.ff_norm.weight"),
            entry(Role.GATE, "model.transformer.blocks.{layer}.ff_proj.weight"),
            entry(Role.UP, "model.transformer.blocks.{layer}.up_proj.weight"),
            entry(Role.DOWN, "model.transformer.blocks.{layer}.ff_out.weight"),
            entry(Role.FINAL_NORM, "model.transformer.ln_f.weight"),
            entry(Role.HEAD, "model.transformer.ff_out.weight"));

    private static final Map<Role, String> DREAM = Map.ofEntries(
            entry(Role.EMBEDDING, "model.embed_tokens.weight"),
            entry(Role.ATTENTION_NORM, "model.layers.{layer}.input_layernorm.weight"),
            entry(Role.QUERY, "model.layers.{layer}.self_attn.q_proj.weight"),
            entry(Role.QUERY_BIAS, "model.layers.{layer}.self_attn.q_proj.bias"),
            entry(Role.KEY, "model.layers.{layer}.self_attn.k_proj.weight"),
            entry(Role.KEY_BIAS, "model.layers.{layer}.self_attn.k_proj.bias"),
            entry(Role.VALUE, "model.layers.{layer}.self_attn.v_proj.weight"),
            entry(Role.VALUE_BIAS, "model.layers.{layer}.self_attn.v_proj.bias"),
            entry(Role.ATTENTION_OUT, "model.layers.{layer}.self_attn.o_proj.weight"),
            entry(Role.FEED_FORWARD_NORM, "model.layers.{layer}.post_attention_layernorm.weight"),
            entry(Role.GATE, "model.layers.{layer}.mlp.gate_proj.weight"),
            entry(Role.UP, "model.layers.{layer}.mlp.up_proj.weight"),
            entry(Role.DOWN, "model.layers.{layer}.mlp.down_proj.weight"),
            entry(Role.FINAL_NORM, "model.norm.weight"),
            entry(Role.HEAD, "lm_head.weight"));

    private TensorNames() {}

    /** Every weight of a model, in the order it is stored: embedding, layer by layer, final norm, head. */
    static List<WeightSlot> of(ModelSpec spec) {
        Map<Role, String> names = switch (spec.family()) {
            case "llada" -> LLADA;
            case "dream" -> DREAM;
            default -> throw new IllegalArgumentException("no such family: " + spec.family());
        };
        List<WeightSlot> slots = new ArrayList<>();
        slots.add(outside(Role.EMBEDDING, names, spec));
        for (int layer = 0; layer < spec.layers(); layer++) {
            for (Role role : Role.values()) {
                String name = names.get(role);
                if (name != null && !OUTSIDE.contains(role)) {
                    name = name.replace(LAYER, Integer.toString(layer));
                    slots.add(new WeightSlot(new WeightKey(layer, role), name, shape(role, spec)));
                }
            }
        }
        slots.add(outside(Role.FINAL_NORM, names, spec));
        slots.add(outside(Role.HEAD, names, spec));
        return slots;
    }

    private static WeightSlot outside(Role role, Map<Role, String> names, ModelSpec spec) {
        return new WeightSlot(WeightKey.outside(role), Objects.requireNonNull(names.get(role)), shape(role, spec));
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
