package dev.dllm4j.decoder.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a tensor of a checkpoint lies.
 *
 * @param position of its first byte in the file
 * @param bytes of the tensor, as its type and shape take
 */
record SourceTensor(Path file, String name, DataType type, List<Long> shape, long position, long bytes) {
    SourceTensor {
        shape = List.copyOf(shape);
    }

    /** The bytes of some of its rows, which lie one after the other. */
    SourceTensor rows(long first, long count) {
        List<Long> part = new ArrayList<>(shape);
        part.set(0, count);
        long row = bytes / shape.get(0);
        return new SourceTensor(file, name, type, part, position + first * row, count * row);
    }
}
