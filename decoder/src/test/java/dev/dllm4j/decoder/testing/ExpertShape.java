package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.testing.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a random LLaDA-MoE checkpoint looks like; the rest is as {@link TinyCheckpoints} has it.
 *
 * @param experts of a layer
 * @param active of them, for a row
 * @param width inner width of an expert
 */
public record ExpertShape(
        int layers, int hidden, int heads, int experts, int active, int width, int vocabulary, int context) {
    private static final long SEED = 7;

    /** Writes config, weights and tokenizer into {@code folder}, which is created. */
    public Path write(Path folder) {
        try {
            TinyCheckpoints.write(
                    folder,
                    new TinyCheckpoints.Shape(
                            Family.DREAM,
                            1,
                            hidden,
                            heads,
                            heads,
                            width,
                            vocabulary,
                            context,
                            false,
                            DataType.F32,
                            SEED));
            JsonEdit.change(folder.resolve("config.json"), config -> {
                config.put("model_type", "llada").putArray("architectures").add("LLaDAMoEModelLM");
                config.put("num_hidden_layers", layers).put("qk_layernorm", true);
                config.put("num_experts", experts).put("num_experts_per_tok", active);
                config.put("expert_intermediate_size", width).remove("intermediate_size");
            });
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), DataType.F32, tensors());
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Tensor> tensors() {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(new Tensor("model.embed_tokens.weight", List.of(vocabulary, hidden), 0, 1, SEED));
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "model.layers." + layer + ".";
            tensors.add(norm(prefix + "input_layernorm.weight", hidden));
            tensors.add(norm(prefix + "post_attention_layernorm.weight", hidden));
            tensors.add(norm(prefix + "self_attn.q_norm.weight", hidden / heads));
            tensors.add(norm(prefix + "self_attn.k_norm.weight", hidden / heads));
            for (String projection : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
                tensors.add(matrix(prefix + "self_attn." + projection + ".weight", hidden, hidden));
            }
            tensors.add(matrix(prefix + "mlp.gate.weight", experts, hidden));
            for (int expert = 0; expert < experts; expert++) {
                String own = prefix + "mlp.experts." + expert + ".";
                tensors.add(matrix(own + "gate_proj.weight", width, hidden));
                tensors.add(matrix(own + "up_proj.weight", width, hidden));
                tensors.add(matrix(own + "down_proj.weight", hidden, width));
            }
        }
        tensors.add(norm("model.norm.weight", hidden));
        tensors.add(matrix("lm_head.weight", vocabulary, hidden));
        return tensors;
    }

    private static Tensor matrix(String name, int out, int in) {
        return new Tensor(name, List.of(out, in), 0, 1 / Math.sqrt(in), SEED);
    }

    private static Tensor norm(String name, int width) {
        return new Tensor(name, List.of(width), 1, 0.1, SEED);
    }
}
