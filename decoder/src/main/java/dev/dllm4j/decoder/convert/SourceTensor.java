package dev.dllm4j.decoder.convert;

import java.nio.file.Path;
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

    /**
     * A stretch of its numbers.
     *
     * @param first of them
     * @param part shape in which they are taken
     */
    SourceTensor stretch(long first, List<Long> part) {
        long count = part.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
        return new SourceTensor(file, name, type, part, position + first * type.bytes(), count * type.bytes());
    }
}
