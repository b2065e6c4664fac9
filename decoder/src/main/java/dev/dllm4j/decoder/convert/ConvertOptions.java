package dev.dllm4j.decoder.convert;

/**
 * How a checkpoint is converted.
 *
 * @param weights type of matrices and embeddings in the model folder; norms and biases, a few kilobytes, stay float32
 */
public record ConvertOptions(DataType weights) {
    /** Float32, the type that the CPU multiplies in. */
    public static ConvertOptions defaults() {
        return new ConvertOptions(DataType.F32);
    }
}
