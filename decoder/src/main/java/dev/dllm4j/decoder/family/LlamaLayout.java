package dev.dllm4j.decoder.family;

import static java.util.Map.entry;
import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keys of config.json and tensors of a model class made after LLaMA's, which most families keep. */
final class LlamaLayout {
    /** Keys of the sliding window, which is off. */
    private static final List<String> SLIDING_WINDOW = List.of("max_window_layers", "sliding_window");

    static final Role[] BIASES = {Role.QUERY_BIAS, Role.KEY_BIAS, Role.VALUE_BIAS};
    static final Role[] HEAD_NORMS = {Role.QUERY_NORM, Role.KEY_NORM};

    /** A router, and its experts one by one. */
    private static final Map<Role, String> EXPERTS = Map.of(
            Role.ROUTER, "model.layers.{layer}.mlp.gate.weight",
            Role.EXPERT_GATE, "model.layers.{layer}.mlp.experts.{expert}.gate_proj.weight",
            Role.EXPERT_UP, "model.layers.{layer}.mlp.experts.{expert}.up_proj.weight",
            Role.EXPERT_DOWN, "model.layers.{layer}.mlp.experts.{expert}.down_proj.weight");

    /** What dInfer's conversion for serving makes of experts: gates and ups of each in one tensor, downs in another. */
    private static final Map<Role, String> FUSED_EXPERTS = Map.of(
            Role.EXPERT_GATE, "model.layers.{layer}.mlp.w1",
            Role.EXPERT_UP, "model.layers.{layer}.mlp.w1",
            Role.EXPERT_DOWN, "model.layers.{layer}.mlp.w2");

    private static final String TIED = "tie_word_embeddings";

    private static final Map<Role, String> NAMES = Map.ofEntries(
            entry(Role.EMBEDDING, "model.embed_tokens.weight"),
            entry(Role.ATTENTION_NORM, "model.layers.{layer}.input_layernorm.weight"),
            entry(Role.QUERY, "model.layers.{layer}.self_attn.q_proj.weight"),
            entry(Role.QUERY_BIAS, "model.layers.{layer}.self_attn.q_proj.bias"),
            entry(Role.QUERY_NORM, "model.layers.{layer}.self_attn.q_norm.weight"),
            entry(Role.KEY, "model.layers.{layer}.self_attn.k_proj.weight"),
            entry(Role.KEY_BIAS, "model.layers.{layer}.self_attn.k_proj.bias"),
            entry(Role.KEY_NORM, "model.layers.{layer}.self_attn.k_norm.weight"),
            entry(Role.VALUE, "model.layers.{layer}.self_attn.v_proj.weight"),
            entry(Role.VALUE_BIAS, "model.layers.{layer}.self_attn.v_proj.bias"),
            entry(Role.ATTENTION_OUT, "model.layers.{layer}.self_attn.o_proj.weight"),
            entry(Role.FEED_FORWARD_NORM, "model.layers.{layer}.post_attention_layernorm.weight"),
            entry(Role.GATE, "model.layers.{layer}.mlp.gate_proj.weight"),
            entry(Role.UP, "model.layers.{layer}.mlp.up_proj.weight"),
            entry(Role.DOWN, "model.layers.{layer}.mlp.down_proj.weight"),
            entry(Role.FINAL_NORM, "model.norm.weight"),
            entry(Role.HEAD, "lm_head.weight"));

    private LlamaLayout() {}

    /** The tensors of a layer without biases and norms of heads, and those of some further roles. */
    static TensorNames names(Role... besides) {
        Map<Role, String> names = new HashMap<>(NAMES);
        names.keySet().removeAll(Set.of(BIASES));
        names.keySet().removeAll(Set.of(HEAD_NORMS));
        for (Role role : besides) {
            names.put(role, requireNonNull(NAMES.get(role)));
        }
        return new TensorNames(names);
    }

    /**
     * The same for a family with experts.
     *
     * @param own names of the roles that are the family's own, which go before this layout's
     */
    static TensorNames namesWithExperts(Map<Role, String> own, Role... besides) {
        Map<Role, String> names = new HashMap<>(names(besides).byRole());
        names.putAll(EXPERTS);
        names.putAll(own);
        return new TensorNames(names, FUSED_EXPERTS);
    }

    /**
     * The experts that config.json has under the names of this layout.
     *
     * @param sharedWidth 0 where there is no shared part
     * @param denseWidth 0 where there are no dense layers
     */
    static Experts experts(
            ConfigFile config, int width, int sharedWidth, int denseLayers, int denseWidth, Router router) {
        int count = config.count("num_experts");
        int active = config.count("num_experts_per_tok");
        if (active > count) {
            throw config.wrong(
                    "num_experts_per_tok",
                    "num_experts is " + count + ", and a row cannot run through more",
                    "correct one of them, or choose another checkpoint");
        }
        return new Experts(count, active, width, sharedWidth, denseLayers, denseWidth, router);
    }

    /** The keys of this layout that change no number of a forward, and a family's own. */
    static Set<String> inert(String... own) {
        Set<String> inert = new HashSet<>(SLIDING_WINDOW);
        inert.addAll(List.of(own));
        return inert;
    }

    /** Refuses what no family of this layout has been trained with. */
    static void requirePlain(ConfigFile config) {
        config.requireIfPresent("hidden_act", "silu");
        config.requireIfPresent("use_sliding_window", false);
        config.requireIfPresent("use_mrope", false);
        for (String type : config.texts("layer_types")) {
            if (!type.equals("full_attention")) {
                throw config.wrong(
                        "layer_types", "only layers of full_attention are supported", "choose another checkpoint");
            }
        }
    }

    /** The number of tokens. */
    static int vocabulary(ConfigFile config) {
        return config.count("vocab_size");
    }

    /** Hidden width over heads. */
    static int evenHeadWidth(ConfigFile config) {
        return HfConfig.headWidth(
                config, "hidden_size", config.count("hidden_size"), config.count("num_attention_heads"));
    }

    /** As {@code head_dim} says, which need not be hidden width over heads; that is what counts where it is absent. */
    static int headWidth(ConfigFile config) {
        return config.has("head_dim") ? config.count("head_dim") : evenHeadWidth(config);
    }

    /** The numbers that config.json has under the names of this layout. */
    static ModelSpec spec(
            String family, ConfigFile config, int headWidth, Sight sight, Readout readout, SpecialTokens tokens) {
        return spec(
                family,
                config,
                headWidth,
                new FeedForward.Gated(config.count("intermediate_size"), Activation.SILU),
                new Rotary(RopeConfig.theta(config), headWidth),
                config.real("rms_norm_eps"),
                0,
                sight,
                readout,
                tokens);
    }

    /** The numbers of a model that differs from this layout in its feed-forward part, its rotation or a bound. */
    static ModelSpec spec(
            String family,
            ConfigFile config,
            int headWidth,
            FeedForward feedForward,
            Rotary rotary,
            double normEpsilon,
            double clip,
            Sight sight,
            Readout readout,
            SpecialTokens tokens) {
        int heads = config.count("num_attention_heads");
        return new ModelSpec(
                family,
                vocabulary(config),
                config.count("hidden_size"),
                config.count("num_hidden_layers"),
                heads,
                config.count("num_key_value_heads", heads),
                headWidth,
                feedForward,
                config.count("max_position_embeddings"),
                rotary,
                new Norm(Norm.Kind.RMS, normEpsilon),
                clip,
                sight,
                readout,
                tokens.mask(),
                tokens.end(),
                tokens.pad());
    }

    /** The numbers, and whether the head is the embedding: as config.json says, else whether there is one. */
    static HfConfig withHead(ModelSpec spec, ConfigFile config) {
        return new HfConfig(spec, config.flag(TIED, false), !config.has(TIED));
    }
}
