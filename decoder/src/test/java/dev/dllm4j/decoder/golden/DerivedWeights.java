package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Weights files that follow from a float32 one: rounded to bfloat16, or some of its tensors in another order. Their
 * headers are kept as they are, so the whole file comes out byte for byte.
 */
final class DerivedWeights {
    private static final String METADATA = "__metadata__";

    private DerivedWeights() {}

    /** A safetensors file's bytes before its tensors: the header's length and the header. */
    static byte[] header(byte[] file) {
        return Arrays.copyOf(file, dataStart(file));
    }

    /** The file with such a header whose tensors are those of a float32 file; none if it cannot be made of these. */
    static Optional<byte[]> fill(byte[] header, byte[] float32) throws IOException {
        JsonNode sources = tensors(float32);
        JsonNode tensors = tensors(header);
        byte[] file = Arrays.copyOf(header, header.length + dataBytes(tensors));
        for (Map.Entry<String, JsonNode> tensor : tensors.properties()) {
            JsonNode source = sources.path(tensor.getKey());
            boolean made = tensor.getKey().equals(METADATA)
                    || (source.path("shape").equals(tensor.getValue().path("shape"))
                            && copy(values(float32, source), tensor.getValue(), values(file, tensor.getValue())));
            if (!made) {
                return Optional.empty();
            }
        }
        return Optional.of(file);
    }

    /** @return whether the type is one that is made here */
    private static boolean copy(ByteBuffer float32, JsonNode tensor, ByteBuffer to) {
        String type = tensor.get("dtype").asText();
        if (type.equals("F32")) {
            to.put(float32);
        } else if (type.equals("BF16")) {
            while (float32.hasRemaining()) {
                to.putShort(bfloat(float32.getInt()));
            }
        }
        return !to.hasRemaining();
    }

    /** The nearest bfloat16 to a finite float32's bits; ties go to the even one. */
    private static short bfloat(int bits) {
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }

    private static JsonNode tensors(byte[] file) throws IOException {
        return new ObjectMapper().readTree(file, Long.BYTES, dataStart(file) - Long.BYTES);
    }

    private static int dataStart(byte[] file) {
        return Math.toIntExact(Long.BYTES
                + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }

    private static int dataBytes(JsonNode tensors) {
        int end = 0;
        for (JsonNode tensor : tensors) {
            end = Math.max(end, tensor.path("data_offsets").path(1).asInt());
        }
        return end;
    }

    private static ByteBuffer values(byte[] file, JsonNode tensor) {
        int from = tensor.get("data_offsets").get(0).asInt();
        int to = tensor.get("data_offsets").get(1).asInt();
        return ByteBuffer.wrap(file, dataStart(file) + from, to - from).order(ByteOrder.LITTLE_ENDIAN);
    }
}
