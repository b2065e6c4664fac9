package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * What is kept of one layer of one sequence, in direct memory that a session reads in place. Confined to the thread that
 * runs the sequence's forward.
 */
public final class LayerRows {
    private final RowWidths widths;
    private final StoredRows inputs;
    private final StoredRows queries;
    private final StoredRows keys;
    private final StoredRows values;

    /**
     * Keys and values alone, in float32.
     *
     * @param positions rows to hold
     * @param width floats of one key row, and of one value row
     */
    public LayerRows(int positions, int width) {
        this(positions, RowWidths.keysAndValues(width), allocate(positions, RowWidths.keysAndValues(width)));
    }

    /** @param memory direct, of native order and at least as many bytes as the rows take */
    LayerRows(int positions, RowWidths widths, ByteBuffer memory) {
        this.widths = widths;
        RowType type = widths.type();
        int row = positions * type.bytes();
        int queriesFrom = row * widths.input();
        int keysFrom = queriesFrom + row * widths.query();
        int valuesFrom = keysFrom + row * widths.key();
        inputs = StoredRows.in(memory, 0, positions, widths.input(), type);
        queries = StoredRows.in(memory, queriesFrom, positions, widths.query(), type);
        keys = StoredRows.in(memory, keysFrom, positions, widths.key(), type);
        values = StoredRows.in(memory, valuesFrom, positions, widths.value(), type);
    }

    /** Direct memory for the rows of some positions. */
    static ByteBuffer allocate(int positions, RowWidths widths) {
        return DirectMemory.allocate(Math.toIntExact(widths.bytes(positions)));
    }

    /** Whether the layer's inputs and queries are kept besides its keys and values. */
    public boolean keepsInputs() {
        return widths.input() > 0;
    }

    /** As what the rows are kept. */
    public RowType type() {
        return widths.type();
    }

    /**
     * Rotated keys, {@code [positions, width]} float32.
     *
     * @throws IllegalStateException where they are kept as another type
     */
    public FloatBuffer keys() {
        return floats(keys);
    }

    /**
     * Values, {@code [positions, width]} float32.
     *
     * @throws IllegalStateException where they are kept as another type
     */
    public FloatBuffer values() {
        return floats(values);
    }

    /**
     * Rotated keys, {@code [positions, width]} float16.
     *
     * @throws IllegalStateException where they are kept as another type
     */
    public ShortBuffer halfKeys() {
        return halves(keys);
    }

    /**
     * Values, {@code [positions, width]} float16.
     *
     * @throws IllegalStateException where they are kept as another type
     */
    public ShortBuffer halfValues() {
        return halves(values);
    }

    /**
     * Overwrites the keys and values of some positions with those that a forward computed.
     *
     * @param newKeys {@code [.., width]}; the row at {@code offset + i} belongs to the i-th of {@code positions}
     * @param newValues laid out like {@code newKeys}
     * @throws RowRangeException where a finite number would be kept as an infinite one
     */
    public void write(Positions positions, FloatBuffer newKeys, FloatBuffer newValues, int offset) {
        write(keys, positions, newKeys, offset);
        write(values, positions, newValues, offset);
    }

    /** Overwrites the layer's inputs of some positions; laid out as in {@link #write}. */
    public void writeInputs(Positions positions, FloatBuffer newInputs, int offset) {
        write(inputs, positions, newInputs, offset);
    }

    /** Overwrites the rotated queries of some positions; laid out as in {@link #write}. */
    public void writeQueries(Positions positions, FloatBuffer newQueries, int offset) {
        write(queries, positions, newQueries, offset);
    }

    /** Copies the layer's inputs of the first positions. */
    public void readInputs(int positions, FloatBuffer target, int offset) {
        inputs.read(0, positions, target, offset);
    }

    /** Copies the rotated queries of some positions, one behind the other. */
    public void readQueries(Positions positions, FloatBuffer target) {
        for (int i = 0; i < positions.size(); i++) {
            queries.read(positions.get(i), 1, target, i);
        }
    }

    /** Copies the rotated keys of some positions to where theirs are among those of all, {@code [positions, width]}. */
    public void readKeys(Positions positions, FloatBuffer target) {
        for (int i = 0; i < positions.size(); i++) {
            keys.read(positions.get(i), 1, target, positions.get(i));
        }
    }

    /** Overwrites the first positions with those of rows of the same widths and type. */
    void copyFirst(LayerRows source, int positions) {
        inputs.copyFirst(source.inputs, positions);
        queries.copyFirst(source.queries, positions);
        keys.copyFirst(source.keys, positions);
        values.copyFirst(source.values, positions);
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
            double left = values.get(position, i);
            double right = newValues.get(row * width + i);
            product += left * right;
            kept += left * left;
            computed += right * right;
        }
        return kept == 0 || computed == 0 ? 1 : (float) (product / Math.sqrt(kept * computed));
    }

    private static void write(StoredRows rows, Positions positions, FloatBuffer source, int offset) {
        for (int i = 0; i < positions.size(); i++) {
            rows.write(positions.get(i), source, offset + i);
        }
    }

    private static FloatBuffer floats(StoredRows rows) {
        if (rows instanceof FloatRows floats) {
            return floats.memory();
        }
        throw new IllegalStateException("the rows are kept as float16; read them as halves");
    }

    private static ShortBuffer halves(StoredRows rows) {
        if (rows instanceof HalfRows halves) {
            return halves.memory();
        }
        throw new IllegalStateException("the rows are kept as float32; read them as floats");
    }
}
