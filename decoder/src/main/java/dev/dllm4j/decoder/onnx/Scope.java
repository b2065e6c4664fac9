package dev.dllm4j.decoder.onnx;

/**
 * Rows of a segment that attend in one run, and the keys they attend to.
 *
 * @param begin the first row, counted within the segment
 * @param firstKey as {@link Segment#keysBefore} counts them
 * @param masked whether some of the rows see only some of the keys
 */
record Scope(int begin, int rows, int firstKey, int keys, boolean masked) {}
