package dev.dllm4j.cache;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A reusable list of canvas positions, in the order they were added. Confined to one thread; the steps of a decoding
 * fill it again and again without allocating.
 */
public final class Positions {
    private int[] values;
    private int size;

    public Positions(int capacity) {
        values = new int[Math.max(capacity, 1)];
    }

    public static Positions of(int... positions) {
        Positions result = new Positions(positions.length);
        Arrays.stream(positions).forEach(result::add);
        return result;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public int get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException("index " + index + " of " + size + " positions");
        }
        return values[index];
    }

    public void add(int position) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = position;
    }

    /** Adds {@code from} up to, not including, {@code to}. */
    public void addRange(int from, int to) {
        for (int position = from; position < to; position++) {
            add(position);
        }
    }

    public void addAll(Positions other) {
        for (int i = 0; i < other.size; i++) {
            add(other.values[i]);
        }
    }

    /** Keeps the first {@code count}, if there are more. */
    public void limit(int count) {
        size = Math.min(size, count);
    }

    public void clear() {
        size = 0;
    }

    public IntStream stream() {
        return Arrays.stream(values, 0, size);
    }

    @Override
    public String toString() {
        return Arrays.toString(Arrays.copyOf(values, size));
    }
}
