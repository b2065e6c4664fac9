package dev.dllm4j.train.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.model.ModelException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A safetensors file of float32 tensors.
 *
 * @param metadata texts by name
 * @param tensors in the order of their bytes
 */
public record TensorFile(Map<String, String> metadata, Map<String, Tensor> tensors) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String METADATA = "__metadata__";
    private static final int MAX_HEADER_BYTES = 100_000_000;

    /**
     * A tensor's numbers.
     *
     * @param values row-major
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record Tensor(long[] shape, float[] values) {}

    /** Writes the file whole or not at all. */
    public void write(Path file) throws IOException {
        ByteBuffer header = header();
        WholeFile.write(file, channel -> {
            ByteBuffer length = littleEndian(Long.BYTES).putLong(header.remaining());
            WholeFile.writeFully(channel, length.flip());
            WholeFile.writeFully(channel, header);
            for (Tensor tensor : tensors.values()) {
                writeValues(channel, tensor.values());
            }
        });
    }

    /** Reads a file that this class, or anyone else, wrote. */
    public static TensorFile read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            long length = Long.reverseBytes(in.readLong());
            if (length < 2 || length > MAX_HEADER_BYTES) {
                throw broken(file, "its header has " + length + " bytes");
            }
            JsonNode header = JSON.readTree(in.readNBytes((int) length));
            Map<String, String> metadata = new LinkedHashMap<>();
            header.path(METADATA)
                    .properties()
                    .forEach(entry ->
                            metadata.put(entry.getKey(), entry.getValue().asText()));
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : header.properties()) {
                if (!entry.getKey().equals(METADATA)) {
                    tensors.put(entry.getKey(), tensor(in, file, entry.getKey(), entry.getValue()));
                }
            }
            return new TensorFile(metadata, tensors);
        } catch (JsonProcessingException e) {
            throw broken(file, "its header is no JSON");
        } catch (EOFException e) {
            throw broken(file, "it ends too early");
        }
    }

    /** Tensors are read in the header's order, which is the order of their bytes in files of this class. */
    private static Tensor tensor(DataInputStream in, Path file, String name, JsonNode entry) throws IOException {
        if (!entry.path("dtype").asText().equals("F32")) {
            throw broken(file, "tensor " + name + " is " + entry.path("dtype").asText("of no type") + " and not F32");
        }
        long[] shape = new long[entry.path("shape").size()];
        Arrays.setAll(shape, axis -> entry.path("shape").path(axis).asLong());
        long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        if (count < 0 || count > Integer.MAX_VALUE / Float.BYTES) {
            throw broken(file, "tensor " + name + " has " + count + " numbers");
        }
        byte[] bytes = in.readNBytes((int) count * Float.BYTES);
        if (bytes.length < count * Float.BYTES) {
            throw new EOFException();
        }
        float[] values = new float[(int) count];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return new Tensor(shape, values);
    }

    private ByteBuffer header() throws JsonProcessingException {
        ObjectNode header = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            header.set(METADATA, JSON.valueToTree(metadata));
        }
        long begin = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            long end = begin + (long) entry.getValue().values().length * Float.BYTES;
            ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "F32");
            Arrays.stream(entry.getValue().shape()).forEach(tensor.putArray("shape")::add);
            tensor.putArray("data_offsets").add(begin).add(end);
            begin = end;
        }
        byte[] json = JSON.writeValueAsBytes(header);
        byte[] aligned = Arrays.copyOf(json, (json.length + Long.BYTES - 1) / Long.BYTES * Long.BYTES);
        Arrays.fill(aligned, json.length, aligned.length, (byte) ' ');
        return ByteBuffer.wrap(aligned);
    }

    private static void writeValues(FileChannel channel, float[] values) throws IOException {
        ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        WholeFile.writeFully(channel, bytes);
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ModelException broken(Path file, String what) {
        return new ModelException(file + " cannot be read: " + what + "; take another copy of it");
    }
}
