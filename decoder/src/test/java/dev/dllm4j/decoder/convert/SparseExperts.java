package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.family.WeightSlot.Source;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** LLaDA-MoE checkpoints in BF16 that are larger than a test could write: holes in a file, read as zeros. */
final class SparseExperts {
    private SparseExperts() {}

    /** A checkpoint whose experts are in two tensors a layer. */
    static Path fused(Path folder, int layers, int hidden, int experts, int width) throws IOException {
        TinyFamilies.lladaMoe(folder);
        JsonEdit.change(folder.resolve("config.json"), config -> {
            config.put("num_hidden_layers", layers).put("hidden_size", hidden);
            config.put("num_attention_heads", 16).put("num_key_value_heads", 16).put("partial_rotary_factor", 1);
            config.put("num_experts", experts).put("num_experts_per_tok", 8).put("expert_intermediate_size", width);
            config.putNull("moe_layer_freq").putNull("shared_expert_intermediate_size");
        });
        Map<String, List<Long>> tensors = new LinkedHashMap<>();
        for (WeightSlot slot : Families.names(HfConfig.read(folder).spec())) {
            Source source = slot.sources().get(slot.sources().size() - 1);
            tensors.put(source.tensor(), source.shape());
        }
        ObjectNode header = JsonFile.MAPPER.createObjectNode();
        long end = 0;
        for (Map.Entry<String, List<Long>> tensor : tensors.entrySet()) {
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", DataType.BF16.name());
            entry.set("shape", JsonFile.MAPPER.valueToTree(tensor.getValue()));
            long bytes = tensor.getValue().stream().reduce((long) DataType.BF16.bytes(), Math::multiplyExact);
            entry.putArray("data_offsets").add(end).add(end + bytes);
            end += bytes;
        }
        Path file = folder.resolve(Checkpoint.SINGLE);
        Edit.safetensors(file, header.toString(), new byte[0]);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(sparse.length() + end);
        }
        return folder;
    }

    /** What a conversion to the checkpoint's own type writes where. */
    static WeightPlan plan(Path checkpoint) {
        ModelSpec spec = HfConfig.read(checkpoint).spec();
        return WeightPlan.of(
                Checkpoint.open(checkpoint).select(Families.names(spec), false),
                WeightTypes.of(WeightType.BF16, spec),
                false);
    }

    static SourceTensor tensor(Path checkpoint, String name) {
        return SafeTensors.read(checkpoint.resolve(Checkpoint.SINGLE)).stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
