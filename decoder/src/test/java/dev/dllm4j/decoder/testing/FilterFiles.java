package dev.dllm4j.decoder.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Filters whose decisions can be worked out by hand: each position is judged by its own confidence. */
public final class FilterFiles {
    private FilterFiles() {}

    /** Accepts with probability sigmoid(20 c − 15), c the position's confidence. */
    public static Path write(Path folder, int width) {
        return write(folder, width, "");
    }

    /**
     * The same, with metadata.
     *
     * @param metadata a JSON object, or empty for a file without one
     */
    public static Path write(Path folder, int width, String metadata) {
        int square = Float.BYTES * width * width;
        int line = Float.BYTES * width;
        String header = "{%s\"linear1.weight\":%s,\"linear1.bias\":%s,\"linear2.weight\":%s,\"linear2.bias\":%s}"
                .formatted(
                        metadata.isEmpty() ? "" : "\"__metadata__\":" + metadata + ",",
                        entry(width + "," + width, 0, square),
                        entry("" + width, square, square + line),
                        entry(width + "," + width, square + line, 2 * square + line),
                        entry("" + width, 2 * square + line, 2 * square + 2 * line));
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + text.length + 2 * square + 2 * line)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text);
        diagonal(bytes, width, 1);
        fill(bytes, width, 0);
        diagonal(bytes, width, 20);
        fill(bytes, width, -15);
        try {
            return Files.write(folder.resolve("filter-" + width + ".safetensors"), bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String entry(String shape, int begin, int end) {
        return String.format(
                Locale.ROOT, "{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}", shape, begin, end);
    }

    private static void diagonal(ByteBuffer bytes, int width, float value) {
        for (int i = 0; i < width * width; i++) {
            bytes.putFloat(i % (width + 1) == 0 ? value : 0);
        }
    }

    private static void fill(ByteBuffer bytes, int width, float value) {
        for (int i = 0; i < width; i++) {
            bytes.putFloat(value);
        }
    }
}
