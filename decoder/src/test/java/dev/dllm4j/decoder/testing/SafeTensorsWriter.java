package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.convert.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;

/** Writes random tensors as one safetensors file. Shares no code with the reader under test. */
final class SafeTensorsWriter {
    private static final int BUFFER_BYTES = 1 << 20;

    private SafeTensorsWriter() {}

    /** Normally distributed values that follow from seed and name. */
    record Tensor(String name, List<Integer> shape, double mean, double deviation, long seed) {
        Tensor {
            shape = List.copyOf(shape);
        }

        long elements() {
            return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        }
    }

    static void write(Path file, DataType type, List<Tensor> tensors) throws IOException {
        byte[] header = header(type, tensors);
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            drain(buffer.putLong(header.length), channel);
            drain(ByteBuffer.wrap(header).position(header.length), channel);
            for (Tensor tensor : tensors) {
                write(tensor, type, buffer.clear(), channel);
            }
        }
    }

    private static byte[] header(DataType type, List<Tensor> tensors) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode header = json.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Tensor tensor : tensors) {
            ObjectNode entry = header.putObject(tensor.name()).put("dtype", type.name());
            entry.set("shape", json.valueToTree(tensor.shape()));
            entry.putArray("data_offsets").add(offset).add(offset += tensor.elements() * type.bytes());
        }
        return json.writeValueAsBytes(header);
    }

    private static void write(Tensor tensor, DataType type, ByteBuffer buffer, FileChannel channel) throws IOException {
        SplittableRandom random =
                new SplittableRandom(tensor.seed() * 31 + tensor.name().hashCode());
        for (long element = tensor.elements(); element > 0; element--) {
            if (!buffer.hasRemaining()) {
                drain(buffer, channel);
            }
            put(buffer, type, (float) (tensor.mean() + tensor.deviation() * random.nextGaussian()));
        }
        drain(buffer, channel);
    }

    private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    private static void put(ByteBuffer buffer, DataType type, float value) {
        switch (type) {
            case F32 -> buffer.putFloat(value);
            case F16 -> buffer.putShort(half(value));
            case BF16 -> buffer.putShort(bfloat(value));
        }
    }

    /** The nearest half of a value below 65,520 in size; ties go to the even one. */
    private static short half(float value) {
        int exponent = Math.max(Math.getExponent(value), -14);
        int mantissa = (int) Math.rint(Math.scalb(Math.abs((double) value), 10 - exponent));
        int bits = ((exponent + 14) << 10) + mantissa;
        return (short) (value < 0 ? bits | 0x8000 : bits);
    }

    /** The nearest bfloat of a finite value; ties go away from zero. */
    private static short bfloat(float value) {
        return (short) ((Float.floatToIntBits(value) + 0x8000) >>> 16);
    }
}
