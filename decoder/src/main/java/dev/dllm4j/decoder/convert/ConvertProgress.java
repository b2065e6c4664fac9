package dev.dllm4j.decoder.convert;

/** Hears how far a conversion is, chunk by chunk, on the thread that converts. */
@FunctionalInterface
public interface ConvertProgress {
    /** Tells nobody. */
    ConvertProgress SILENT = (bytes, totalBytes, tensors, totalTensors) -> {};

    /**
     * Some more is written.
     *
     * @param bytes written of the weights, {@code totalBytes} at the end
     * @param tensors written completely, {@code totalTensors} at the end
     */
    void advanced(long bytes, long totalBytes, int tensors, int totalTensors);
}
