package dev.dllm4j.decoder.convert;

import java.util.List;

/**
 * A tensor of a graph that is all or a part of a weight.
 *
 * @param suffix of its name in a graph, after the weight's
 * @param onnx number of its type in ONNX's {@code TensorProto.DataType}
 * @param elementBytes of one element
 */
record StoredPart(String suffix, int onnx, int elementBytes, List<Long> shape) {
    private static final int UINT8 = 2;
    private static final int INT8 = 3;

    StoredPart {
        shape = List.copyOf(shape);
    }

    static StoredPart floats(String suffix, Long... shape) {
        return new StoredPart(suffix, DataType.F32.onnx(), DataType.F32.bytes(), List.of(shape));
    }

    static StoredPart bytes(String suffix, Long... shape) {
        return new StoredPart(suffix, INT8, 1, List.of(shape));
    }

    static StoredPart unsignedBytes(String suffix, Long... shape) {
        return new StoredPart(suffix, UINT8, 1, List.of(shape));
    }

    long bytes() {
        return shape.stream().mapToLong(Long::longValue).reduce(elementBytes, Math::multiplyExact);
    }
}
