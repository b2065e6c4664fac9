package dev.dllm4j.train.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
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

    /**
     * Reads a file that this class, or anyone else, wrote.
     *
     * @throws dev.dllm4j.decoder.model.ModelException if it is no such file
     */
    public static TensorFile read(Path file) {
        var source = dev.dllm4j.decoder.convert.TensorFile.open(file);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : source.names()) {
            long[] shape = source.shape(name);
            tensors.put(name, new Tensor(shape, source.values(name, shape)));
        }
        return new TensorFile(source.metadata(), tensors);
    }

    /**
     * The metadata of a file, without its tensors' numbers.
     *
     * @throws dev.dllm4j.decoder.model.ModelException if it is no such file
     */
    public static Map<String, String> metadata(Path file) {
        return dev.dllm4j.decoder.convert.TensorFile.open(file).metadata();
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
}
