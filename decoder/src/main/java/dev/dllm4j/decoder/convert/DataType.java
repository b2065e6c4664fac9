package dev.dllm4j.decoder.convert;

/** Element types of a weight, in a checkpoint and in a model folder. */
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

    /** The type's number in ONNX's {@code TensorProto.DataType}. */
    int onnx() {
        return onnx;
    }
}
