package dev.dllm4j.cache;

/**
 * What is kept of a position in a layer, in floats; 0 where that kind of row is not kept.
 *
 * @param input of the layer's input
 * @param query of the rotated query
 * @param key of the rotated key
 * @param value of the value
 */
public record RowWidths(int input, int query, int key, int value) {
    /** Keys and values of the same width, and nothing else. */
    public static RowWidths keysAndValues(int width) {
        return new RowWidths(0, 0, width, width);
    }

    /** Bytes of one layer for so many positions. */
    public long bytes(int positions) {
        return (long) positions * (input + query + key + value) * Float.BYTES;
    }
}
