package dev.dllm4j.cache;

import java.nio.FloatBuffer;

/**
 * Rows of float32.
 *
 * @param memory {@code [positions, width]}
 */
record FloatRows(int width, FloatBuffer memory) implements StoredRows {
    @Override
    public void write(int position, FloatBuffer source, int row) {
        memory.put(position * width, source, row * width, width);
    }

    @Override
    public void read(int position, int count, FloatBuffer target, int row) {
        target.put(row * width, memory, position * width, count * width);
    }

    @Override
    public float get(int position, int column) {
        return memory.get(position * width + column);
    }

    @Override
    public void copyFirst(StoredRows source, int positions) {
        memory.put(0, ((FloatRows) source).memory, 0, positions * width);
    }
}
