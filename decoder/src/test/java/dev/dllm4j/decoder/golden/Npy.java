package dev.dllm4j.decoder.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** An array of float32, or of int32 by its bits, in NumPy's file format, C order. */
public record Npy(List<Integer> shape, FloatBuffer values) {
    private static final Pattern SHAPE =
            Pattern.compile("'descr': '<[fi]4', 'fortran_order': False, 'shape': \\(([^)]*)\\)");

    public static Npy read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = bytes.getShort(8);
        String header =
                StandardCharsets.US_ASCII.decode(bytes.slice(10, headerLength)).toString();
        Matcher matcher = SHAPE.matcher(header);
        if (!matcher.find()) {
            throw new IOException(file + " is no float32 or int32 array in C order: " + header);
        }
        List<Integer> shape = Stream.of(matcher.group(1).split(","))
                .map(String::trim)
                .filter(part -> !part.isEmpty())
                .map(Integer::valueOf)
                .toList();
        bytes.position(10 + headerLength);
        return new Npy(shape, bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
    }

    /** The element of a three-dimensional array. */
    public float get(int i, int j, int k) {
        return values.get((i * shape.get(1) + j) * shape.get(2) + k);
    }

    /** An element of an array of int32. */
    public int integer(int index) {
        return Float.floatToRawIntBits(values.get(index));
    }
}
