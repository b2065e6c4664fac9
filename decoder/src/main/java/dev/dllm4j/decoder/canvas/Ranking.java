package dev.dllm4j.decoder.canvas;

import java.util.Arrays;

/** Ids in the order of their scores: largest first, ties to the lowest id. Reused, confined to one thread. */
public final class Ranking {
    private long[] keys = new long[64];
    private int size;

    public void clear() {
        size = 0;
    }

    /**
     * Adds an id; {@link #sort} gives it its rank.
     *
     * @param id position or token, at least 0
     * @param score any number but NaN
     */
    public void add(int id, float score) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
        }
        // Adding zero turns -0 into 0, so that the two tie.
        keys[size++] = ((long) ~ordered(Float.floatToIntBits(score + 0f)) << Integer.SIZE) | id;
    }

    /** Puts what was added in order. */
    public void sort() {
        Arrays.sort(keys, 0, size);
    }

    public int size() {
        return size;
    }

    /** The id at a 0-based rank. */
    public int id(int rank) {
        return (int) keys[rank];
    }

    /** The score at a 0-based rank. */
    public float score(int rank) {
        return Float.intBitsToFloat(ordered(~(int) (keys[rank] >>> Integer.SIZE)));
    }

    /** Maps the bits of a float to an integer of the same order, and back. */
    private static int ordered(int bits) {
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }
}
