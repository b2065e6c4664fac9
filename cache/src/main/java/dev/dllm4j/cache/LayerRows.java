package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Keys and values of one layer of one sequence, in direct memory that attention reads in place. Confined to the thread
 * that runs the sequence's forward.
 */
public final class LayerRows {
    private final int width;
    private final FloatBuffer keys;
    private final FloatBuffer values;

    /**
     * @param positions rows to hold
     * @param width floats of one key row, and of one value row
     */
    public LayerRows(int positions, int width) {
        this.width = width;
        this.keys = allocate(positions, width);
        this.values = allocate(positions, width);
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
     * Overwrites the rows of some positions with rows that a forward computed.
     *
     * @param newKeys {@code [.., width]}; the row at {@code offset + i} belongs to the i-th of {@code positions}
     * @param newValues laid out like {@code newKeys}
     */
    public void write(Positions positions, FloatBuffer newKeys, FloatBuffer newValues, int offset) {
        for (int i = 0; i < positions.size(); i++) {
            int to = positions.get(i) * width;
            int from = (offset + i) * width;
            keys.put(to, newKeys, from, width);
            values.put(to, newValues, from, width);
        }
    }

    private static FloatBuffer allocate(int positions, int width) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(Math.multiplyExact(positions, width), Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
