package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Rewrites checkpoints as dInfer does for serving: the experts of a layer in two tensors. */
final class FusedExperts {
    private static final String EXPERTS = ".mlp.experts.";

    private FusedExperts() {}

    /**
     * Puts gates and ups of some layers' experts into one tensor, {@code w1[E,2I,D]}, each expert's gate before its up, and
     * the downs into another, {@code w2[E,D,I]}.
     */
    static void fuse(Path checkpoint, Integer... layers) throws IOException {
        Map<String, Part> tensors = new LinkedHashMap<>();
        Map<String, List<Part>> fused = new LinkedHashMap<>();
        Path file = checkpoint.resolve(Checkpoint.SINGLE);
        byte[] bytes = Files.readAllBytes(file);
        for (SourceTensor tensor : SafeTensors.read(file)) {
            int begin = Math.toIntExact(tensor.position());
            Part part = new Part(
                    tensor.type(), tensor.shape(), Arrays.copyOfRange(bytes, begin, begin + (int) tensor.bytes()));
            String name = tensor.name();
            int end = name.indexOf(EXPERTS);
            if (end >= 0
                    && List.of(layers)
                            .contains(Integer.valueOf(name.substring(name.lastIndexOf('.', end - 1) + 1, end)))) {
                String whole = name.substring(0, end) + (name.endsWith("down_proj.weight") ? ".mlp.w2" : ".mlp.w1");
                // Written expert by expert, each with its gate before its up.
                fused.computeIfAbsent(whole, missing -> new ArrayList<>()).add(part);
            } else {
                tensors.put(name, part);
            }
        }
        fused.forEach((name, parts) -> tensors.put(name, Part.of(parts, experts(checkpoint))));
        write(file, tensors);
    }

    private static int experts(Path checkpoint) {
        return JsonFile.read(checkpoint.resolve("config.json"))
                .get("num_experts")
                .intValue();
    }

    private static void write(Path file, Map<String, Part> tensors) throws IOException {
        ObjectNode header = JsonFile.MAPPER.createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        tensors.forEach((name, part) -> {
            ObjectNode entry = header.putObject(name).put("dtype", part.type.name());
            entry.set("shape", JsonFile.MAPPER.valueToTree(part.shape));
            entry.putArray("data_offsets").add(data.size()).add(data.size() + part.bytes.length);
            data.writeBytes(part.bytes);
        });
        Edit.safetensors(file, header.toString(), data.toByteArray());
    }

    /** A tensor's bytes, and what they are. */
    private static final class Part {
        private final DataType type;
        private final List<Long> shape;
        private final byte[] bytes;

        Part(DataType type, List<Long> shape, byte[] bytes) {
            this.type = type;
            this.shape = shape;
            this.bytes = bytes;
        }

        /** Parts one after the other. */
        static Part of(List<Part> parts, int experts) {
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            parts.forEach(part -> joined.writeBytes(part.bytes));
            Part first = Objects.requireNonNull(parts.get(0));
            long rows = first.shape.get(0) * parts.size() / experts;
            return new Part(first.type, List.of((long) experts, rows, first.shape.get(1)), joined.toByteArray());
        }
    }
}
