package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Rows of one kind, all of one width, one a position. Confined to one thread. */
interface StoredRows {
    /**
     * Rows in a part of a buffer.
     *
     * @param memory direct and of native order
     * @param from in bytes
     */
    static StoredRows in(ByteBuffer memory, int from, int positions, int width, RowType type) {
        ByteBuffer part = memory.slice(from, positions * width * type.bytes()).order(memory.order());
        return switch (type) {
            case F32 -> new FloatRows(width, part.asFloatBuffer());
            case F16 -> new HalfRows(width, part.asShortBuffer());
        };
    }

    /**
     * Overwrites a position's row.
     *
     * @param source rows of the same width
     * @throws RowRangeException where a finite number would be kept as an infinite one
     */
    void write(int position, FloatBuffer source, int row);

    /** Copies the rows of positions that follow one another. */
    void read(int position, int count, FloatBuffer target, int row);

    float get(int position, int column);

    /** Overwrites the first positions with those of rows of the same type and width. */
    void copyFirst(StoredRows source, int positions);
}
