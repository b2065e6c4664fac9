package dev.dllm4j.decoder.convert;

import java.util.List;

/** Element types of tensors in a checkpoint. */
public enum DataType {
    F32(4, 1),
    F16(2, 10),
    BF16(2, 16);

    private final int bytes;
    private final int onnx;

    DataType(int bytes, int onnx) {
        this.bytes = bytes;
        this.onnx = onnx;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /**
     * Bytes of a tensor.
     *
     * @throws ArithmeticException where they are more than a long holds
     */
    long bytes(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).reduce(bytes, Math::multiplyExact);
    }

    /** The type's number in ONNX's {@code TensorProto.DataType}. */
    int onnx() {
        return onnx;
    }
}
