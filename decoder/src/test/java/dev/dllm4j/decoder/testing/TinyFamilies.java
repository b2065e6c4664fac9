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

    private static Tensor embedding(String name) {
        return new Tensor(name, List.of(97, 36), 0, 1, 11);
    }

    private static Tensor matrix(String name, int out, int in) {
        return new Tensor(name, List.of(out, in), 0, 1 / Math.sqrt(in), 11);
    }

    private static Tensor norm(String name, int width) {
        return new Tensor(name, List.of(width), 1, 0.1, 11);
    }
}
