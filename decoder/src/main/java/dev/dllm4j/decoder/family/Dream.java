package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import static java.util.Map.entry;

import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Dream, whose keys are Qwen2's and a mask token. */
final class Dream implements CheckpointFamily {
    /** Those of the sliding window, which is off; which projections have a bias, Dream's code and its tensors say. */
    private static final Set<String> INERT = Set.of("attention_bias", "max_window_layers", "sliding_window");

    private static final TensorNames NAMES = new TensorNames(Map.ofEntries(
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
            entry(Role.HEAD, "lm_head.weight")));

    @Override
    public String name() {
        return "dream";
    }

    @Override
    public String supported() {
        return "Dream (as DreamModel)";
    }

    @Override
    public Set<String> inert() {
        return INERT;
    }

    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        return NAMES.slots(spec);
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config) {
        config.requireIfPresent("hidden_act", "silu");
        config.requireIfPresent("use_sliding_window", false);
        config.requireIfPresent("use_mrope", false);
        for (String type : config.texts("layer_types")) {
            if (!type.equals("full_attention")) {
                throw config.wrong(
                        "layer_types", "only layers of full_attention are supported", "choose another checkpoint");
            }
        }
        double theta = RopeConfig.theta(config);
        int vocabulary = config.count("vocab_size");
        SpecialTokens tokens = SpecialTokens.read(folder, config, vocabulary);
        int hidden = config.count("hidden_size");
        int heads = config.count("num_attention_heads");
        int headWidth = HfConfig.headWidth(config, "hidden_size", hidden, heads);
        config.requireIfPresent("head_dim", headWidth);
        ModelSpec spec = new ModelSpec(
                name(),
                vocabulary,
                hidden,
                config.count("num_hidden_layers"),
                heads,
                config.count("num_key_value_heads", heads),
                headWidth,
                new FeedForward.Gated(config.count("intermediate_size"), Activation.SILU),
                config.count("max_position_embeddings"),
                new Rotary(theta, headWidth),
                new Norm(Norm.Kind.RMS, config.real("rms_norm_eps")),
                new Sight.Everything(),
                new Readout(true, true),
                tokens.mask(),
                tokens.end(),
                tokens.pad());
        return new HfConfig(spec, config.flag("tie_word_embeddings", false));
    }
}
