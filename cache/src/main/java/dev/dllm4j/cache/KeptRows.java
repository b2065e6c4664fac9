package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory for the rows of a sequence, or for rows that sequences share: taken when they become resident, given back when
 * they are neither resident nor leased. Only touched under the cache's lock.
 */
final class KeptRows {
    private static final int KIBIBYTE = 1 << 10;

    private final BufferPool pool;
    private final int layers;
    private final int positions;
    private final RowWidths widths;
    private final int layerBytes;
    private final boolean shared;
    private List<ByteBuffer> memory = List.of();
    private @Nullable SequenceRows rows;
    private boolean resident;
    private boolean leased;
    private long uses;
    private long since;

    /**
     * @param shared whether other sequences copy them
     * @throws IllegalArgumentException if a layer takes more than 2 GiB
     */
    KeptRows(BufferPool pool, int layers, int positions, RowWidths widths, boolean shared) {
        this.pool = pool;
        this.layers = layers;
        this.positions = positions;
        this.widths = widths;
        this.shared = shared;
        this.layerBytes = BufferPool.sizeClass(widths.bytes(positions));
    }

    int layers() {
        return layers;
    }

    int positions() {
        return positions;
    }

    RowWidths widths() {
        return widths;
    }

    long bytes() {
        return (long) layers * layerBytes;
    }

    int kibibytes() {
        return Math.toIntExact(bytes() / KIBIBYTE);
    }

    /** Null while no memory is taken. */
    @Nullable SequenceRows rows() {
        return rows;
    }

    boolean resident() {
        return resident;
    }

    boolean leased() {
        return leased;
    }

    void lease() {
        leased = true;
    }

    void endLease() {
        leased = false;
        freeIfUnused();
    }

    boolean shared() {
        return shared;
    }

    /** Forwards of their sequence, or copies made of them, since they became resident. */
    long uses() {
        return uses;
    }

    void use() {
        uses++;
    }

    /** When they became resident, as a running number. */
    long since() {
        return since;
    }

    void makeResident(long now) {
        resident = true;
        since = now;
        uses = 0;
    }

    void endResidence() {
        resident = false;
        freeIfUnused();
    }

    /**
     * Takes memory.
     *
     * @param limit bytes that this and all other memory of the pool may take
     * @return whether the JVM grants it
     */
    boolean take(long limit) {
        memory = pool.take(layerBytes, layers, limit);
        if (memory.isEmpty()) {
            return false;
        }
        rows = new SequenceRows(memory, positions, widths);
        return true;
    }

    private void freeIfUnused() {
        if (!leased && !resident && !memory.isEmpty()) {
            memory.forEach(pool::giveBack);
            memory = List.of();
            rows = null;
        }
    }
}
