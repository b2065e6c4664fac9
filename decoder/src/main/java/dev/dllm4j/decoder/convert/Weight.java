package dev.dllm4j.decoder.convert;

import java.util.List;

/**
 * One weight in the weights file of a model folder.
 *
 * @param offset of its first byte in the file; a multiple of {@link #ALIGNMENT}
 * @param shape row-major; matrices are {@code [out, in]}
 */
record Weight(MatrixType type, List<Long> shape, long offset) {
    /** External data is mapped by page; ONNX Runtime wants offsets on page borders of common systems. */
    static final long ALIGNMENT = 65_536;

    /** Between the parts of a weight: a vector register's bytes. */
    static final int PART_ALIGNMENT = 64;

    Weight {
        shape = List.copyOf(shape);
    }

    long bytes() {
        List<StoredPart> parts = parts();
        return partOffset(parts.size() - 1)
                - offset
                + parts.get(parts.size() - 1).bytes();
    }

    List<StoredPart> parts() {
        return type.matrix().parts(shape);
    }

    /** Where in the file a part begins. */
    long partOffset(int part) {
        List<StoredPart> parts = parts();
        long place = offset;
        for (int before = 0; before < part; before++) {
            place = aligned(place + parts.get(before).bytes());
        }
        return place;
    }

    private static long aligned(long place) {
        return (place + PART_ALIGNMENT - 1) / PART_ALIGNMENT * PART_ALIGNMENT;
    }
}
