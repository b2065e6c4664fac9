package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.testing.SafeTensorsWriter.Tensor;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Random checkpoints whose layers have what LLaMA's lack, at widths that are no multiple of a vector register: 6 heads, 97
 * tokens, the last of which are the end and the mask.
 */
public final class TinyFamilies {
    private static final Shape SHAPE = new Shape(Family.DREAM, 3, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11);

    /** What those of a row that predicts itself have of a shape: vocabulary, layers and width. */
    public static final Shape UNSHIFTED = new Shape(Family.LLADA, 3, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11);

    private TinyFamilies() {}

    /** SDAR: norms of heads that are 10 wide where 6 would be the hidden width's share, blocks of 4. */
    public static Path sdar(Path folder) {
        return write(
                folder,
                config -> config.put("model_type", "sdar").put("head_dim", 10).put("block_size", 4),
                sdarTensors());
    }

    /** ModernBERT: one tensor for queries, keys and values, one for gate and up, a head with a transform and a bias. */
    public static Path modernBert(Path folder) {
        return write(
                folder,
                config -> {
                    config.put("model_type", "modernbert").put("hidden_activation", "gelu");
                    config.put("norm_eps", 1e-5).put("local_attention", 6).put("global_attn_every_n_layers", 2);
                    config.put("global_rope_theta", 160_000.0).put("local_rope_theta", 10_000.0);
                    config.remove(List.of(
                            "hidden_act",
                            "use_sliding_window",
                            "num_key_value_heads",
                            "rope_theta",
                            "rms_norm_eps",
                            "tie_word_embeddings"));
                },
                modernBertTensors());
    }

    /**
     * LLaDA-MoE with everything that its model class can have: a first layer without experts, then five experts of width 11,
     * two a row, behind a biased router and beside a shared part; bounded queries, keys and values, of which four of six
     * numbers a head are rotated. config.json has every key of the published one.
     */
    public static Path lladaMoe(Path folder) {
        return write(folder, TinyFamilies::lladaMoeConfig, lladaMoeTensors());
    }

    /**
     * LLaDA2: a first layer without experts, then six experts of width 11 in three groups, of which two are kept, three a
     * row; a shared part; heads 10 wide of which six numbers are rotated; blocks of 4. config.json has every key of the
     * published one.
     */
    public static Path llada2(Path folder) {
        return write(folder, TinyFamilies::llada2Config, llada2Tensors());
    }

    /** Changes a config. */
    public interface Change {
        void of(ObjectNode config);
    }

    private static Path write(Path folder, Change change, List<Tensor> tensors) {
        try {
            TinyCheckpoints.write(folder, SHAPE);
            JsonEdit.change(folder.resolve("config.json"), change::of);
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), DataType.F32, tensors);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Tensor> sdarTensors() {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(embedding("model.embed_tokens.weight"));
        for (int layer = 0; layer < 3; layer++) {
            String prefix = "model.layers." + layer + ".";
            tensors.add(norm(prefix + "input_layernorm.weight", 36));
            tensors.add(matrix(prefix + "self_attn.q_proj.weight", 60, 36));
            tensors.add(matrix(prefix + "self_attn.k_proj.weight", 30, 36));
            tensors.add(matrix(prefix + "self_attn.v_proj.weight", 30, 36));
            tensors.add(norm(prefix + "self_attn.q_norm.weight", 10));
            tensors.add(norm(prefix + "self_attn.k_norm.weight", 10));
            tensors.add(matrix(prefix + "self_attn.o_proj.weight", 36, 60));
            tensors.add(norm(prefix + "post_attention_layernorm.weight", 36));
            tensors.add(matrix(prefix + "mlp.gate_proj.weight", 50, 36));
            tensors.add(matrix(prefix + "mlp.up_proj.weight", 50, 36));
            tensors.add(matrix(prefix + "mlp.down_proj.weight", 36, 50));
        }
        tensors.add(norm("model.norm.weight", 36));
        tensors.add(matrix("lm_head.weight", 97, 36));
        return tensors;
    }

    private static List<Tensor> modernBertTensors() {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(embedding("model.embeddings.tok_embeddings.weight"));
        tensors.add(norm("model.embeddings.norm.weight", 36));
        for (int layer = 0; layer < 3; layer++) {
            String prefix = "model.layers." + layer + ".";
            if (layer > 0) {
                tensors.add(norm(prefix + "attn_norm.weight", 36));
            }
            tensors.add(matrix(prefix + "attn.Wqkv.weight", 108, 36));
            tensors.add(matrix(prefix + "attn.Wo.weight", 36, 36));
            tensors.add(norm(prefix + "mlp_norm.weight", 36));
            tensors.add(matrix(prefix + "mlp.Wi.weight", 100, 36));
            tensors.add(matrix(prefix + "mlp.Wo.weight", 36, 50));
        }
        tensors.add(norm("model.final_norm.weight", 36));
        tensors.add(matrix("head.dense.weight", 36, 36));
        tensors.add(norm("head.norm.weight", 36));
        tensors.add(new Tensor("decoder.bias", List.of(97), 0, 0.5, 11));
        return tensors;
    }

    private static void lladaMoeConfig(ObjectNode config) {
        config.remove(List.of("use_sliding_window", "intermediate_size"));
        config.putArray("architectures").add("LLaDAMoEModelLM");
        config.put("model_type", "llada").put("attention_bias", false).put("attention_dropout", 0.0);
        config.put("clip_qkv", 1.5).put("dense_intermediate_size", 50).put("expert_intermediate_size", 11);
        config.putArray("moe_layer_freq").add(0).add(1).add(1);
        config.put("moe_router_enable_expert_bias", true).put("moe_router_score_function", "softmax");
        config.putNull("norm_topk_prob").put("num_experts", 5).put("num_experts_per_tok", 2);
        config.put("output_router_logits", false)
                .put("partial_rotary_factor", 0.7)
                .put("qk_layernorm", true);
        config.putNull("rope_scaling").put("rope_theta", 50_000).put("rms_norm_eps", 1e-5);
        config.put("routed_scaling_factor", 1).put("router_aux_loss_coef", 0.01);
        config.putNull("router_num_group").putNull("router_topk_group").put("shared_expert_intermediate_size", 7);
    }

    private static void llada2Config(ObjectNode config) {
        config.putArray("architectures").add("LLaDA2MoeModelLM");
        config.put("model_type", "llada2_moe").put("attention_dropout", 0.0).put("first_k_dense_replace", 1);
        config.put("moe_intermediate_size", 11).put("norm_topk_prob", true).put("num_experts_per_tok", 3);
        config.put("norm_head", false)
                .put("num_experts", 6)
                .put("rope_theta", 600_000)
                .putNull("rope_scaling");
        config.put("use_bias", false)
                .put("use_rmsnorm", true)
                .put("head_dim", 10)
                .put("num_shared_experts", 1);
        config.put("use_qkv_bias", false).put("embedding_dropout", 0.0).put("norm_softmax", false);
        config.put("output_dropout", 0.0).put("rotary_dim", 6).put("using_split_qkv_in_self_attention", false);
        config.put("router_dtype", "fp32").put("moe_router_enable_expert_bias", true);
        config.put("routed_scaling_factor", 2.5).put("n_group", 3).put("topk_group", 2);
        config.put("score_function", "sigmoid").put("max_window_layers", 28).put("output_router_logits", false);
        config.put("partial_rotary_factor", 0.6).put("block_size", 4);
    }

    private static List<Tensor> lladaMoeTensors() {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(embedding("model.embed_tokens.weight"));
        for (int layer = 0; layer < 3; layer++) {
            String prefix = "model.layers." + layer + ".";
            addNorms(tensors, prefix);
            tensors.add(matrix(prefix + "self_attn.q_proj.weight", 36, 36));
            tensors.add(matrix(prefix + "self_attn.k_proj.weight", 18, 36));
            tensors.add(matrix(prefix + "self_attn.v_proj.weight", 18, 36));
            tensors.add(norm(prefix + "self_attn.q_norm.weight", 6));
            tensors.add(norm(prefix + "self_attn.k_norm.weight", 6));
            tensors.add(matrix(prefix + "self_attn.o_proj.weight", 36, 36));
            if (layer == 0) {
                addGated(tensors, prefix + "mlp.", 50);
            } else {
                addExperts(tensors, prefix + "mlp.", 5);
                tensors.add(vector(prefix + "mlp.expert_bias", 5));
                addGated(tensors, prefix + "shared_expert.", 7);
            }
        }
        tensors.add(norm("model.norm.weight", 36));
        tensors.add(matrix("lm_head.weight", 97, 36));
        return tensors;
    }

    private static List<Tensor> llada2Tensors() {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(embedding("model.word_embeddings.weight"));
        for (int layer = 0; layer < 3; layer++) {
            String prefix = "model.layers." + layer + ".";
            addNorms(tensors, prefix);
            tensors.add(matrix(prefix + "attention.query_key_value.weight", 120, 36));
            tensors.add(norm(prefix + "attention.query_layernorm.weight", 10));
            tensors.add(norm(prefix + "attention.key_layernorm.weight", 10));
            tensors.add(matrix(prefix + "attention.dense.weight", 36, 60));
            if (layer == 0) {
                addGated(tensors, prefix + "mlp.", 50);
            } else {
                addExperts(tensors, prefix + "mlp.", 6);
                tensors.add(vector(prefix + "mlp.gate.expert_bias", 6));
                addGated(tensors, prefix + "mlp.shared_experts.", 11);
            }
        }
        tensors.add(norm("model.norm.weight", 36));
        tensors.add(matrix("lm_head.weight", 97, 36));
        return tensors;
    }

    private static void addNorms(List<Tensor> tensors, String prefix) {
        tensors.add(norm(prefix + "input_layernorm.weight", 36));
        tensors.add(norm(prefix + "post_attention_layernorm.weight", 36));
    }

    private static void addExperts(List<Tensor> tensors, String prefix, int count) {
        tensors.add(matrix(prefix + "gate.weight", count, 36));
        for (int expert = 0; expert < count; expert++) {
            addGated(tensors, prefix + "experts." + expert + ".", 11);
        }
    }

    private static void addGated(List<Tensor> tensors, String prefix, int width) {
        tensors.add(matrix(prefix + "gate_proj.weight", width, 36));
        tensors.add(matrix(prefix + "up_proj.weight", width, 36));
        tensors.add(matrix(prefix + "down_proj.weight", 36, width));
    }

    private static Tensor embedding(String name) {
        return new Tensor(name, List.of(97, 36), 0, 1, 11);
    }

    private static Tensor matrix(String name, int out, int in) {
        return new Tensor(name, List.of(out, in), 0, 1 / Math.sqrt(in), 11);
    }

    /** Numbers around 0 that change what is chosen by them. */
    private static Tensor vector(String name, int width) {
        return new Tensor(name, List.of(width), 0, 0.1, 11);
    }

    private static Tensor norm(String name, int width) {
        return new Tensor(name, List.of(width), 1, 0.1, 11);
    }
}
