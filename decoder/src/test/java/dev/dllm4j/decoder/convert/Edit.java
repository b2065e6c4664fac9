package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/** Changes files of a checkpoint, mostly for the worse. */
final class Edit {
    private Edit() {}

    /** Rewrites the header of a safetensors file; the tensors' bytes stay. */
    static void header(Path file, Consumer<ObjectNode> change) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = Long.BYTES + Math.toIntExact(littleEndian(bytes).getLong());
        ObjectNode header = (ObjectNode) JsonFile.MAPPER.readTree(bytes, Long.BYTES, end - Long.BYTES);
        change.accept(header);
        safetensors(file, header.toString(), Arrays.copyOfRange(bytes, end, bytes.length));
    }

    static Path safetensors(Path file, String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[Long.BYTES + json.length + data.length];
        littleEndian(bytes).putLong(json.length).put(json).put(data);
        return Files.write(file, bytes);
    }

    /** Keeps the first bytes of a file, or adds zeros. */
    static void resize(Path file, long change) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, Math.toIntExact(change < 0 ? bytes.length + change : change)));
    }

    /** Overwrites an element of a float32 tensor. */
    static void element(Path file, String tensor, int element, float value) throws IOException {
        SourceTensor place = SafeTensors.read(file).stream()
                .filter(candidate -> candidate.name().equals(tensor))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(file);
        littleEndian(bytes).putFloat(Math.toIntExact(place.position()) + element * Float.BYTES, value);
        Files.write(file, bytes);
    }

    /** Makes the checkpoint's single file its only shard. */
    static void shard(Path folder, Consumer<ObjectNode> changeOfIndex) throws IOException {
        String shard = "model-00001-of-00001.safetensors";
        ObjectNode index = JsonFile.MAPPER.createObjectNode();
        ObjectNode shardOf = index.putObject("weight_map");
        SafeTensors.read(folder.resolve(Checkpoint.SINGLE)).forEach(tensor -> shardOf.put(tensor.name(), shard));
        Files.move(folder.resolve(Checkpoint.SINGLE), folder.resolve(shard));
        changeOfIndex.accept(index);
        JsonFile.MAPPER.writeValue(folder.resolve(Checkpoint.INDEX).toFile(), index);
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
