package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.Architecture;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What a checkpoint's files say about its model.
 *
 * @param tied whether the output matrix is the embedding
 */
record HfConfig(ModelSpec spec, boolean tied) {
    /** Switches of LLaDA's model class that its checkpoints leave off. */
    private static final List<String> LLADA_OFF = List.of(
            "alibi",
            "include_bias",
            "include_qkv_bias",
            "bias_for_layer_norm",
            "attention_layer_norm",
            "input_emb_norm",
            "scale_logits");

    static HfConfig read(Path folder) {
        ConfigFile config = ConfigFile.read(folder.resolve("config.json"));
        String type = config.text("model_type");
        try {
            return switch (type.toLowerCase(Locale.ROOT)) {
                case "llada" -> llada(folder, config);
                case "dream" -> dream(folder, config);
                default ->
                    throw config.wrong("model_type", "llada and Dream can be converted", "choose such a checkpoint");
            };
        } catch (IllegalArgumentException e) {
            throw new ModelException(config.path() + ": " + e.getMessage() + "; restore the checkpoint's own file", e);
        }
    }

    private static HfConfig llada(Path folder, ConfigFile config) {
        LLADA_OFF.forEach(switched -> config.requireIfPresent(switched, false));
        config.requireIfPresent("rope", true);
        config.requireIfPresent("layer_norm_with_affine", true);
        config.requireIfPresent("layer_norm_type", "rms");
        config.requireIfPresent("block_type", "llama");
        config.requireIfPresent("block_group_size", 1);
        config.requireIfPresent("activation_type", "silu");
        config.requireAbsent("rope_scaling");
        int vocabulary = config.count("embedding_size", config.count("vocab_size"));
        SpecialTokens tokens = SpecialTokens.read(folder, config, vocabulary);
        int hidden = config.count("d_model");
        int heads = config.count("n_heads");
        ModelSpec spec = new ModelSpec(
                Architecture.LLADA,
                vocabulary,
                hidden,
                config.count("n_layers"),
                heads,
                config.count("n_kv_heads", config.flag("multi_query_attention", false) ? 1 : heads),
                headWidth(config, "d_model", hidden, heads),
                feedForward(config, hidden),
                config.count("max_sequence_length"),
                config.real("rope_theta"),
                config.real("rms_norm_eps"),
                tokens.mask(),
                tokens.end(),
                tokens.pad());
        return new HfConfig(spec, config.flag("weight_tying", false));
    }

    private static HfConfig dream(Path folder, ConfigFile config) {
        config.requireIfPresent("hidden_act", "silu");
        config.requireIfPresent("use_sliding_window", false);
        config.requireAbsent("rope_scaling");
        int vocabulary = config.count("vocab_size");
        SpecialTokens tokens = SpecialTokens.read(folder, config, vocabulary);
        int hidden = config.count("hidden_size");
        int heads = config.count("num_attention_heads");
        ModelSpec spec = new ModelSpec(
                Architecture.DREAM,
                vocabulary,
                hidden,
                config.count("num_hidden_layers"),
                heads,
                config.count("num_key_value_heads", heads),
                headWidth(config, "hidden_size", hidden, heads),
                config.count("intermediate_size"),
                config.count("max_position_embeddings"),
                config.real("rope_theta"),
                config.real("rms_norm_eps"),
                tokens.mask(),
                tokens.end(),
                tokens.pad());
        return new HfConfig(spec, config.flag("tie_word_embeddings", false));
    }

    private static int feedForward(ConfigFile config, int hidden) {
        if (config.has("mlp_hidden_size")) {
            return config.count("mlp_hidden_size");
        }
        long inner = (long) config.count("mlp_ratio", 4) * hidden;
        if (inner > ModelSpec.MOST_FEED_FORWARD) {
            throw config.wrong(
                    "mlp_ratio",
                    "times d_model it must be at most " + ModelSpec.MOST_FEED_FORWARD,
                    "restore the checkpoint's own file");
        }
        return (int) inner;
    }

    private static int headWidth(ConfigFile config, String field, int hidden, int heads) {
        if (hidden % heads != 0) {
            throw config.wrong(
                    field, "it must be a multiple of the heads, " + heads, "restore the checkpoint's own file");
        }
        return hidden / heads;
    }
}
