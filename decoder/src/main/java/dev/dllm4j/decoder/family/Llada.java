package dev.dllm4j.decoder.family;

import static java.util.Map.entry;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * LLaDA, whose keys are those of its authors' own model class. Other models call themselves llada, too: they are told by
 * what they have and LLaDA lacks.
 */
final class Llada implements CheckpointFamily {
    /** Switches of LLaDA's model class that its checkpoints leave off. */
    private static final List<String> OFF = List.of(
            "alibi",
            "include_bias",
            "include_qkv_bias",
            "bias_for_layer_norm",
            "attention_layer_norm",
            "input_emb_norm",
            "scale_logits");

    private static final List<String> OF_EXPERTS =
            List.of("num_experts", "num_experts_per_tok", "expert_intermediate_size", "moe_layer_freq");

    /** Those of what is switched off, of training, and of the precision that this engine keeps anyway. */
    private static final Set<String> INERT = Set.of(
            "alibi_bias_max",
            "attention_layer_norm_with_affine",
            "embedding_dropout",
            "flash_attention",
            "init_cutoff_factor",
            "init_device",
            "init_fn",
            "init_std",
            "mlp_ratio",
            "precision",
            "residual_dropout",
            "rope_full_precision",
            "tie_word_embeddings");

    private static final TensorNames NAMES = new TensorNames(Map.ofEntries(
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
            entry(Role.HEAD, "model.transformer.ff_out.weight")));

    @Override
    public String name() {
        return "llada";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("LLaDAModelLM");
    }

    @Override
    public String supported() {
        return "LLaDA (dense, as LLaDAModelLM with d_model, n_layers, n_heads)";
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
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        options.requireNoKind(this);
        requireOwnKind(config);
        OFF.forEach(switched -> config.requireIfPresent(switched, false));
        config.requireIfPresent("rope", true);
        config.requireIfPresent("layer_norm_with_affine", true);
        config.requireIfPresent("layer_norm_type", "rms");
        config.requireIfPresent("block_type", "llama");
        config.requireIfPresent("block_group_size", 1);
        config.requireIfPresent("activation_type", "silu");
        double theta = RopeConfig.theta(config);
        int vocabulary = config.count("embedding_size", config.count("vocab_size"));
        SpecialTokens tokens = SpecialTokens.read(folder, config, vocabulary, options, OptionalInt.empty());
        int hidden = config.count("d_model");
        int heads = config.count("n_heads");
        int headWidth = HfConfig.headWidth(config, "d_model", hidden, heads);
        ModelSpec spec = new ModelSpec(
                name(),
                vocabulary,
                hidden,
                config.count("n_layers"),
                heads,
                config.count("n_kv_heads", config.flag("multi_query_attention", false) ? 1 : heads),
                headWidth,
                new FeedForward.Gated(feedForward(config, hidden), Activation.SILU),
                config.count("max_sequence_length"),
                new Rotary(theta, headWidth),
                new Norm(Norm.Kind.RMS, config.real("rms_norm_eps")),
                0,
                sight(config, options),
                new Readout(false, false),
                tokens.mask(),
                tokens.end(),
                tokens.pad());
        return new HfConfig(spec, config.flag("weight_tying", false));
    }

    /** Blocks count from the canvas's start where {@code attention} is {@code block_causal}, as in starters trained so. */
    private static Sight sight(ConfigFile config, FamilyOptions options) {
        if (!config.has("attention") || config.text("attention").equals("full")) {
            options.requireNoBlockLength("a LLaDA without block_length in config.json");
            return new Sight.Everything();
        }
        config.requireIfPresent("attention", "block_causal");
        OptionalInt said = options.blockLength();
        int stated = said.isPresent() ? config.count("block_length", said.getAsInt()) : config.count("block_length");
        return new BlockCausal(said.orElse(stated), Origin.START);
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        return Recipe.of(spec.sight());
    }

    private void requireOwnKind(ConfigFile config) {
        boolean namesExperts = config.texts("architectures").stream()
                .anyMatch(name -> name.toLowerCase(Locale.ROOT).contains("moe"));
        if (namesExperts || OF_EXPERTS.stream().anyMatch(config::has)) {
            throw config.wrong(
                    "architectures",
                    "the rest describes a LLaDA with experts (num_experts), and only LLaDAMoEModelLM is supported",
                    "add it where it is one, or choose another checkpoint");
        }
        if (!config.has("d_model") && config.has("hidden_size")) {
            throw new ModelException(
                    ("%s: model_type is \"llada\", and the rest describes a LLaDA with the keys and tensors of LLaMA"
                                    + " (hidden_size in place of d_model); that is not supported, %s is; choose such a"
                                    + " checkpoint")
                            .formatted(config.path(), supported()));
        }
    }

    private static int feedForward(ConfigFile config, int hidden) {
        if (config.has("mlp_hidden_size")) {
            return config.count("mlp_hidden_size");
        }
        long inner = (long) config.count("mlp_ratio", 4) * hidden;
        if (inner > FeedForward.MOST_WIDTH) {
            throw config.wrong("mlp_ratio", "times d_model it must be at most " + FeedForward.MOST_WIDTH, "correct it");
        }
        return (int) inner;
    }
}
