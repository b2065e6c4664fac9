package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.testing.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
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
            List<Tensor> tensors = Families.names(HfConfig.read(folder).spec()).stream()
                    .map(ExpertShape::random)
                    .toList();
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), DataType.F32, tensors);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Norms around 1, matrices that about keep the length of a row, an embedding of deviation 1. */
    private static Tensor random(WeightSlot slot) {
        List<Integer> shape = slot.shape().stream().map(Math::toIntExact).toList();
        if (shape.size() == 1) {
            return new Tensor(slot.name(), shape, 1, 0.1, SEED);
        }
        double deviation = slot.key().role() == Role.EMBEDDING ? 1 : 1 / Math.sqrt(shape.get(1));
        return new Tensor(slot.name(), shape, 0, deviation, SEED);
    }
}
