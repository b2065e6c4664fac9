package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * What is kept of one layer of one sequence, in direct memory that attention reads in place. Confined to the thread
 * that runs the sequence's forward.
 */
public final class LayerRows {
    private final RowWidths widths;
    private final FloatBuffer inputs;
    private final FloatBuffer queries;
    private final FloatBuffer keys;
    private final FloatBuffer values;

    /**
     * @param positions rows to hold
     * @param width floats of one key row, and of one value row
     */
    public LayerRows(int positions, int width) {
        this(positions, RowWidths.keysAndValues(width), allocate(positions, RowWidths.keysAndValues(width)));
    }

    /** @param memory direct, of native order and at least as many bytes as the rows take */
    LayerRows(int positions, RowWidths widths, ByteBuffer memory) {
        this.widths = widths;
        FloatBuffer floats = memory.asFloatBuffer();
        inputs = floats.slice(0, positions * widths.input());
        queries = floats.slice(inputs.capacity(), positions * widths.query());
        keys = floats.slice(inputs.capacity() + queries.capacity(), positions * widths.key());
        values = floats.slice(inputs.capacity() + queries.capacity() + keys.capacity(), positions * widths.value());
    }

    /** Direct memory for the rows of some positions. */
    static ByteBuffer allocate(int positions, RowWidths widths) {
        return DirectMemory.allocate(Math.toIntExact(widths.bytes(positions)));
    }

    /** Whether the layer's inputs and queries are kept besides its keys and values. */
    public boolean keepsInputs() {
        return widths.input() > 0;
    }

    /** Rotated keys, {@code [positions, width]} float32. */
    public FloatBuffer keys() {
        return keys;
    }

    /** Values, {@code [positions, width]} float32. */
    public FloatBuffer values() {
        return values;
    }

    /**
     * Overwrites the keys and values of some positions with those that a forward computed.
     *
     * @param newKeys {@code [.., width]}; the row at {@code offset + i} belongs to the i-th of {@code positions}
     * @param newValues laid out like {@code newKeys}
     */
    public void write(Positions positions, FloatBuffer newKeys, FloatBuffer newValues, int offset) {
        copyTo(keys, positions, newKeys, offset, widths.key());
        copyTo(values, positions, newValues, offset, widths.value());
    }

    /** Overwrites the layer's inputs of some positions; laid out as in {@link #write}. */
    public void writeInputs(Positions positions, FloatBuffer newInputs, int offset) {
        copyTo(inputs, positions, newInputs, offset, widths.input());
    }

    /** Overwrites the rotated queries of some positions; laid out as in {@link #write}. */
    public void writeQueries(Positions positions, FloatBuffer newQueries, int offset) {
        copyTo(queries, positions, newQueries, offset, widths.query());
    }

    /** Copies the layer's inputs of the first positions. */
    public void readInputs(int positions, FloatBuffer target, int offset) {
        target.put(offset * widths.input(), inputs, 0, positions * widths.input());
    }

    /** Copies the rotated queries of some positions, one behind the other. */
    public void readQueries(Positions positions, FloatBuffer target) {
        for (int i = 0; i < positions.size(); i++) {
            target.put(i * widths.query(), queries, positions.get(i) * widths.query(), widths.query());
        }
    }

    /** Overwrites the first positions with those of rows of the same widths. */
    void copyFirst(LayerRows source, int positions) {
        inputs.put(0, source.inputs, 0, positions * widths.input());
        queries.put(0, source.queries, 0, positions * widths.query());
        keys.put(0, source.keys, 0, positions * widths.key());
        values.put(0, source.values, 0, positions * widths.value());
    }

    /**
     * The cosine of a position's value row and one that a forward computed; 1 where one of them is zero.
     *
     * @param newValues laid out as in {@link #write}
     */
    public float valueSimilarity(int position, FloatBuffer newValues, int row) {
        int width = widths.value();
        double product = 0;
        double kept = 0;
        double computed = 0;
        for (int i = 0; i < width; i++) {
            double left = values.get(position * width + i);
            double right = newValues.get(row * width + i);
            product += left * right;
            kept += left * left;
            computed += right * right;
        }
        return kept == 0 || computed == 0 ? 1 : (float) (product / Math.sqrt(kept * computed));
    }

    private static void copyTo(FloatBuffer rows, Positions positions, FloatBuffer source, int offset, int width) {
        for (int i = 0; i < positions.size(); i++) {
            rows.put(positions.get(i) * width, source, (offset + i) * width, width);
        }
    }
}
