package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Direct memory for layers, handed out again by size class, so that sequences of like length that come and go allocate
 * nothing. Eight classes a doubling: a buffer is at most an eighth larger than what was asked for. Where buffers of one
 * class wait and another is asked for, those that wait are freed as far as the limit demands.
 *
 * <p>Not thread-safe.
 */
final class BufferPool {
    /** Classes are multiples of it, so that weights in KiB are exact. */
    private static final int LEAST = 1 << 10;

    private final TreeMap<Integer, Deque<ByteBuffer>> free = new TreeMap<>();
    private final Consumer<ByteBuffer> returned;
    private final IntFunction<ByteBuffer> memory;
    private long freeBytes;
    private long takenBytes;

    /**
     * @param returned told of every buffer that comes back, while nobody reads it
     * @param memory gives a buffer of so many bytes, as {@link DirectMemory#allocate} does
     */
    BufferPool(Consumer<ByteBuffer> returned, IntFunction<ByteBuffer> memory) {
        this.returned = returned;
        this.memory = memory;
    }

    /**
     * The bytes that a request takes.
     *
     * @throws IllegalArgumentException above the 2 GiB of one buffer
     */
    static int sizeClass(long bytes) {
        long step = Math.max(LEAST, Long.highestOneBit(bytes) / 8);
        long rounded = (bytes + step - 1) / step * step;
        if (rounded > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a layer's kept rows take " + bytes
                    + " bytes, above the limit of 2 GiB; shorten the canvas or use cache none");
        }
        return (int) Math.max(rounded, LEAST);
    }

    /**
     * Buffers of native order; what they hold is left over from before.
     *
     * @param limit bytes that taken and free buffers may have together
     * @return none where the JVM grants no more direct memory; what it granted then waits as free buffers
     */
    List<ByteBuffer> take(int sizeClass, int count, long limit) {
        List<ByteBuffer> taken = new ArrayList<>(count);
        Deque<ByteBuffer> reusable = free.getOrDefault(sizeClass, new ArrayDeque<>());
        while (taken.size() < count && !reusable.isEmpty()) {
            taken.add(reusable.pop());
            freeBytes -= sizeClass;
            takenBytes += sizeClass;
        }
        trim(limit - takenBytes - (long) (count - taken.size()) * sizeClass);
        while (taken.size() < count && allocate(sizeClass, taken)) {
            takenBytes += sizeClass;
        }
        if (taken.size() < count) {
            taken.forEach(this::giveBack);
            return List.of();
        }
        return taken;
    }

    /** Adds a new buffer, if need be in the place of all that are free; says whether the JVM grants it. */
    private boolean allocate(int sizeClass, List<ByteBuffer> to) {
        while (true) {
            try {
                to.add(memory.apply(sizeClass));
                return true;
            } catch (OutOfMemoryError e) {
                if (freeBytes == 0) {
                    return false;
                }
                trim(0);
            }
        }
    }

    void giveBack(ByteBuffer buffer) {
        returned.accept(buffer);
        free.computeIfAbsent(buffer.capacity(), size -> new ArrayDeque<>()).push(buffer);
        freeBytes += buffer.capacity();
        takenBytes -= buffer.capacity();
    }

    /** Frees free buffers, largest first, until they take at most so many bytes. */
    private void trim(long bytes) {
        while (freeBytes > Math.max(bytes, 0)) {
            var largest = free.lastEntry();
            if (largest.getValue().isEmpty()) {
                free.remove(largest.getKey());
            } else {
                DirectMemory.free(largest.getValue().pop());
                freeBytes -= largest.getKey();
            }
        }
    }

    /** Bytes of buffers that wait to be taken. */
    long freeBytes() {
        return freeBytes;
    }

    /** Bytes of buffers that are taken. */
    long takenBytes() {
        return takenBytes;
    }
}
