package dev.dllm4j.train.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.file.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model's files as LLaDA checkpoints have them on Hugging Face; the tokenizer's are not of them. */
public final class HfFolder {
    public static final String WEIGHTS = "model.safetensors";

    private HfFolder() {}

    /**
     * Writes config.json and model.safetensors; each is there whole or not at all.
     *
     * @throws IllegalArgumentException if the model's rows see what no LLaDA's config.json can say
     */
    public static void write(Path folder, Weights weights) throws IOException {
        byte[] config = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(config(weights.spec()));
        WholeFile.write(
                folder.resolve("config.json"), channel -> WholeFile.writeFully(channel, ByteBuffer.wrap(config)));
        new TensorFile(Map.of("format", "pt"), weights.tensors().numbers("")).write(folder.resolve(WEIGHTS));
    }

    private static Map<String, @Nullable Object> config(ModelSpec spec) {
        return spec.feedForward() instanceof Experts experts ? ofExperts(spec, experts) : plain(spec);
    }

    private static Map<String, @Nullable Object> plain(ModelSpec spec) {
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("LLaDAModelLM"));
        config.put("model_type", "llada");
        config.put("activation_type", "silu");
        config.put("block_type", "llama");
        config.put("layer_norm_type", "rms");
        config.put("rms_norm_eps", spec.norm().epsilon());
        config.put("rope", true);
        config.put("rope_full_precision", true);
        config.put("rope_theta", spec.rotary().theta());
        for (String off : List.of(
                "include_bias",
                "include_qkv_bias",
                "bias_for_layer_norm",
                "attention_layer_norm",
                "input_emb_norm",
                "scale_logits",
                "weight_tying")) {
            config.put(off, false);
        }
        config.put("d_model", spec.hidden());
        config.put("n_layers", spec.layers());
        config.put("n_heads", spec.heads());
        config.put("n_kv_heads", spec.kvHeads());
        config.put("mlp_hidden_size", spec.feedForward().width());
        config.put("vocab_size", spec.vocabulary());
        config.put("embedding_size", spec.vocabulary());
        config.put("max_sequence_length", spec.context());
        putTokens(config, spec);
        putSight(config, spec.sight());
        return config;
    }

    /** LLaDA-MoE's, which is told by its architecture from LLaDA's of the same type. */
    private static Map<String, @Nullable Object> ofExperts(ModelSpec spec, Experts experts) {
        if (!(spec.sight() instanceof Everything)) {
            throw new IllegalArgumentException(
                    "the model's rows see " + spec.sight() + "; a LLaDA-MoE's see everything, so train one of these");
        }
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("LLaDAMoEModelLM"));
        config.put("model_type", "llada");
        config.put("hidden_act", "silu");
        config.put("hidden_size", spec.hidden());
        config.put("num_hidden_layers", spec.layers());
        config.put("num_attention_heads", spec.heads());
        config.put("num_key_value_heads", spec.kvHeads());
        config.put("attention_bias", false);
        config.put("qk_layernorm", true);
        config.put("clip_qkv", null);
        config.put("num_experts", experts.count());
        config.put("num_experts_per_tok", experts.active());
        config.put("expert_intermediate_size", experts.expertWidth());
        config.put("dense_intermediate_size", experts.active() * experts.expertWidth());
        config.put("moe_layer_freq", Collections.nCopies(spec.layers(), 1));
        config.put("moe_router_enable_expert_bias", false);
        config.put("moe_router_score_function", "softmax");
        config.put("norm_topk_prob", false);
        config.put("shared_expert_intermediate_size", null);
        config.put("rms_norm_eps", spec.norm().epsilon());
        config.put("rope_theta", spec.rotary().theta());
        config.put("rope_scaling", null);
        config.put("partial_rotary_factor", 1);
        config.put("max_position_embeddings", spec.context());
        config.put("tie_word_embeddings", false);
        config.put("vocab_size", spec.vocabulary());
        putTokens(config, spec);
        return config;
    }

    private static void putTokens(Map<String, @Nullable Object> config, ModelSpec spec) {
        config.put("mask_token_id", spec.maskToken());
        int end = spec.endTokens().iterator().next();
        config.put("eos_token_id", end);
        config.put("pad_token_id", end);
        config.put("torch_dtype", "float32");
    }

    private static void putSight(Map<String, @Nullable Object> config, Sight sight) {
        if (sight instanceof BlockCausal causal && causal.origin() == Origin.START) {
            config.put("attention", "block_causal");
            config.put("block_length", causal.length());
        } else if (!(sight instanceof Everything)) {
            throw new IllegalArgumentException("the model's rows see " + sight
                    + "; a LLaDA's see everything or blocks from the start, so train one of these");
        }
    }
}
