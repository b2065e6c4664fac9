package dev.dllm4j.cache;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Rows of float16.
 *
 * @param memory {@code [positions, width]}
 */
record HalfRows(int width, ShortBuffer memory) implements StoredRows {
    @Override
    public void write(int position, FloatBuffer source, int row) {
        int to = position * width;
        int from = row * width;
        for (int i = 0; i < width; i++) {
            memory.put(to + i, Half.of(source.get(from + i)));
        }
    }

    @Override
    public void read(int position, int count, FloatBuffer target, int row) {
        int from = position * width;
        int to = row * width;
        for (int i = 0; i < count * width; i++) {
            target.put(to + i, Half.toFloat(memory.get(from + i)));
        }
    }

    @Override
    public float get(int position, int column) {
        return Half.toFloat(memory.get(position * width + column));
    }

    @Override
    public void copyFirst(StoredRows source, int positions) {
        memory.put(0, ((HalfRows) source).memory, 0, positions * width);
    }
}
