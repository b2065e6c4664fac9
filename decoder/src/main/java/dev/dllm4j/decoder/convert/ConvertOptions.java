package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

/**
 * How a checkpoint is converted.
 *
 * @param weights type of matrices and embeddings in the model folder; norms and biases, a few kilobytes, stay float32
 */
public record ConvertOptions(DataType weights) {
    public ConvertOptions {
        requireNonNull(weights, "weights is null; give a type, e.g. DataType.F32");
    }

    /** Float32, the type that the CPU multiplies in. */
    public static ConvertOptions defaults() {
        return new ConvertOptions(DataType.F32);
    }
}
