package dev.dllm4j.cache;

/**
 * What is kept of a position in a layer, in numbers; 0 where that kind of row is not kept.
 *
 * @param input of the layer's input
 * @param query of the rotated query
 * @param key of the rotated key
 * @param value of the value
 * @param type as what each number is stored
 */
public record RowWidths(int input, int query, int key, int value, RowType type) {
    /** In float32. */
    public RowWidths(int input, int query, int key, int value) {
        this(input, query, key, value, RowType.F32);
    }

    /** Keys and values of the same width, and nothing else, in float32. */
    public static RowWidths keysAndValues(int width) {
        return keysAndValues(width, RowType.F32);
    }

    /** Keys and values of the same width, and nothing else. */
    public static RowWidths keysAndValues(int width, RowType type) {
        return new RowWidths(0, 0, width, width, type);
    }

    /** Bytes of one layer for so many positions. */
    public long bytes(int positions) {
        return (long) positions * (input + query + key + value) * type.bytes();
    }
}
