package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.convert.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The tensors of a checkpoint in one safetensors file, as numbers that a test reads and changes. Shares no code with
 * the converter's reader.
 */
public final class CheckpointTensors {
    private final Path file;
    private final ByteBuffer bytes;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** @param begin of the first element, in the file */
    private record Tensor(DataType type, int dimensions, int begin, int elements) {}

    /** A new value for an element. */
    public interface Change {
        double of(int index, double value);
    }

    private CheckpointTensors(Path file, byte[] content) throws IOException {
        this.file = file;
        bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode entries = new ObjectMapper().readTree(new String(content, 8, header, StandardCharsets.UTF_8));
        for (Map.Entry<String, JsonNode> entry : entries.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                DataType type = DataType.valueOf(entry.getValue().get("dtype").asText());
                JsonNode offsets = entry.getValue().get("data_offsets");
                int size = offsets.get(1).asInt() - offsets.get(0).asInt();
                tensors.put(
                        entry.getKey(),
                        new Tensor(
                                type,
                                entry.getValue().get("shape").size(),
                                8 + header + offsets.get(0).asInt(),
                                size / (type == DataType.F32 ? 4 : 2)));
            }
        }
    }

    public static CheckpointTensors read(Path checkpoint) {
        Path file = checkpoint.resolve("model.safetensors");
        try {
            return new CheckpointTensors(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Set<String> names() {
        return tensors.keySet();
    }

    public double[] values(String name) {
        return IntStream.range(0, tensor(name).elements())
                .mapToDouble(index -> get(name, index))
                .toArray();
    }

    /** What a conversion keeps of a tensor: matrices are rounded to the type, vectors and routers are float32. */
    public double[] converted(String name, DataType matrices) {
        boolean exact = tensor(name).dimensions() == 1 || name.endsWith(".mlp.gate.weight");
        DataType type = exact ? DataType.F32 : matrices;
        return Arrays.stream(values(name)).map(value -> rounded(value, type)).toArray();
    }

    private double get(String name, int index) {
        Tensor tensor = tensor(name);
        return switch (tensor.type()) {
            case F32 -> bytes.getFloat(tensor.begin() + 4 * index);
            case BF16 -> Float.intBitsToFloat(bytes.getShort(tensor.begin() + 2 * index) << 16);
            case F16 -> half(bytes.getShort(tensor.begin() + 2 * index) & 0xffff);
        };
    }

    /** Changes the elements of a float32 tensor, in memory only. */
    public void change(String name, Change change) {
        Tensor tensor = tensor(name);
        if (tensor.type() != DataType.F32) {
            throw new IllegalArgumentException(name + " is " + tensor.type() + "; only F32 can be changed");
        }
        for (int index = 0; index < tensor.elements(); index++) {
            bytes.putFloat(tensor.begin() + 4 * index, (float) change.of(index, get(name, index)));
        }
    }

    /** Writes the file anew. */
    public void save() {
        try {
            Files.write(file, bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(name + " is no tensor of " + file + "; there are " + tensors.keySet());
        }
        return tensor;
    }

    /** The nearest number of a type, ties to the even one: so many bits of fraction below the leading one. */
    private static double rounded(double value, DataType type) {
        double unit = switch (type) {
            case F32 -> Math.ulp((float) value);
            case BF16 -> Math.scalb(1.0, Math.getExponent(value) - 7);
            case F16 -> Math.scalb(1.0, Math.max(Math.getExponent(value), -14) - 10);
        };
        return value == 0 ? value : Math.rint(value / unit) * unit;
    }

    /** IEEE 754: one bit of sign, five of exponent with a bias of 15, ten of fraction. Infinity and NaN are not read. */
    private static double half(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude =
                exponent == 0 ? Math.scalb((double) fraction, -24) : Math.scalb(1024.0 + fraction, exponent - 25);
        return bits >> 15 == 0 ? magnitude : -magnitude;
    }
}
