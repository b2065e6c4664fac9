package dev.dllm4j.decoder.convert;

import java.util.List;

/**
 * One tensor in the weights file of a model folder.
 *
 * @param offset of its first byte in the file; a multiple of {@link #ALIGNMENT}
 * @param shape row-major; matrices are {@code [out, in]}
 */
record Weight(DataType type, List<Long> shape, long offset) {
    /** External data is mapped by page; ONNX Runtime wants offsets on page borders of common systems. */
    static final long ALIGNMENT = 65_536;

    Weight {
        shape = List.copyOf(shape);
    }

    long bytes() {
        return shape.stream().mapToLong(Long::longValue).reduce(type.bytes(), Math::multiplyExact);
    }
}
