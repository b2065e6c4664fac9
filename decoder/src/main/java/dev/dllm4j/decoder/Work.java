package dev.dllm4j.decoder;

/**
 * What a decoding has cost so far.
 *
 * @param forwards passes through the model that had rows of this sequence
 * @param rowsComputed rows that went through the layers; guidance counts twice
 * @param rowsFull rows that would have gone through, had every forward computed the whole canvas
 * @param modelNanos wall time of the forwards; in a batch, of the forwards it shared
 * @param selectNanos time of window, sampling, strategy and stop rule
 * @param totalNanos time from the first step's begin to the last step's end
 */
public record Work(
        int forwards, long rowsComputed, long rowsFull, long modelNanos, long selectNanos, long totalNanos) {}
