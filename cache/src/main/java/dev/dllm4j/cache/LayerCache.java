package dev.dllm4j.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import com.github.benmanes.caffeine.cache.stats.ConcurrentStatsCounter;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of many sequences in direct memory, within one budget. A sequence leases its rows for a forward; between
 * forwards they may be evicted, and then cost it one forward that computes every row. Thread-safe.
 *
 * <p>Which rows stay is Caffeine's choice, with one correction. Caffeine prefers entries that are used often, so a set of
 * active sequences that fills the budget would keep any other out for good. A sequence that was refused several times
 * in a row therefore takes the place of the one that has had its rows longest: nobody is kept out, and nobody who got in
 * is thrown out before that has paid.
 *
 * <p>The bytes of kept and of leased rows together never exceed the budget, nor do they with the free buffers that wait
 * for another sequence. Where the budget has no room, a sequence keeps nothing and computes every row.
 */
public final class LayerCache {
    /*
     * Everything happens under one lock; Caffeine's maintenance runs on the calling thread, so its eviction listener
     * does, too. An entry is put before its memory is taken: Caffeine then says who goes, and only if that frees
     * enough is memory taken. An evicted entry that is leased keeps its memory until the lease ends ("leaving"). While
     * a sequence waits for memory of that kind, what becomes free is held for it.
     */

    /** Where nothing is said: 1 GiB. */
    public static final long DEFAULT_BUDGET = 1L << 30;

    private static final System.Logger LOGGER = System.getLogger(LayerCache.class.getName());
    private static final int KIBIBYTE = 1 << 10;

    /** Refusals in a row after which a sequence takes another's place. */
    private static final int PATIENCE = 8;
    /** Refusals of others since its last forward after which a waiting sequence is taken to have stopped. */
    private static final int CLAIM = 64;

    private final long budget;
    private final BufferPool pool;
    private final StatsCounter recorder = new ConcurrentStatsCounter();
    private final Cache<Sequence, Sequence> resident;
    private final Set<Sequence> waiting = new LinkedHashSet<>();
    private final ReentrantLock lock = new ReentrantLock();
    private long liveBytes;

    /** @param budgetBytes of kept and leased rows together */
    public LayerCache(long budgetBytes) {
        this(budgetBytes, buffer -> {});
    }

    /** @param returned told of every buffer that no sequence reads any more */
    public LayerCache(long budgetBytes, Consumer<ByteBuffer> returned) {
        if (budgetBytes < 0) {
            throw new IllegalArgumentException(
                    "the cache budget is " + budgetBytes + " bytes; it must be 0 or above, 0 to keep nothing");
        }
        budget = budgetBytes;
        pool = new BufferPool(returned);
        resident = Caffeine.newBuilder()
                .maximumWeight(budgetBytes / KIBIBYTE)
                .weigher((Sequence key, Sequence value) -> Math.toIntExact(value.bytes / KIBIBYTE))
                .executor(Runnable::run)
                .evictionListener((key, value, cause) -> evicted(value))
                .recordStats(() -> recorder)
                .build();
    }

    /** Bytes that kept and leased rows may take together. */
    public long budgetBytes() {
        return budget;
    }

    /** Bytes that kept and leased rows take now. */
    public long liveBytes() {
        lock.lock();
        try {
            return liveBytes;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hits, misses and evictions since the beginning. A load is a forward that computed every row because they were
     * gone.
     */
    public CacheStats statistics() {
        return recorder.snapshot();
    }

    /** Evicts every sequence's rows; leased ones at the end of their lease. */
    public void evictAll() {
        lock.lock();
        try {
            List.copyOf(resident.asMap().keySet()).forEach(this::evict);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Room for one sequence, which takes memory only when it leases.
     *
     * @param layers of the model
     * @param positions of the sequence's canvas
     */
    public Sequence open(int layers, int positions, RowWidths widths) {
        Sequence sequence = new Sequence(layers, positions, widths);
        if (sequence.bytes > budget) {
            LOGGER.log(
                    Level.WARNING,
                    "a sequence needs {0} bytes to keep its rows and the cache budget is {1}; it keeps none and computes"
                            + " every row in every forward, so raise the budget or use cache none",
                    Long.toString(sequence.bytes),
                    Long.toString(budget));
        }
        return sequence;
    }

    private void evicted(@Nullable Sequence sequence) {
        if (sequence != null) {
            sequence.resident = false;
            sequence.freeUnlessLeased();
        }
    }

    private void evict(Sequence sequence) {
        resident.invalidate(sequence);
        recorder.recordEviction(Math.toIntExact(sequence.bytes / KIBIBYTE), RemovalCause.SIZE);
        evicted(sequence);
    }

    /** Makes a sequence resident, with memory, if it can be; says whether it is. */
    private boolean admit(Sequence sequence) {
        if (sequence.bytes > budget) {
            return false;
        }
        if (sequence.refusals >= PATIENCE) {
            waiting.add(sequence);
            makeRoom(sequence);
        }
        if (!waiting.isEmpty() && heldForOthers(sequence) + liveBytes + sequence.bytes > budget) {
            Sequence first = waiting.iterator().next();
            if (++first.heldBack > CLAIM) {
                waiting.remove(first);
            }
            return false;
        }
        sequence.resident = true;
        resident.put(sequence, sequence);
        resident.cleanUp();
        if (sequence.resident && liveBytes + sequence.bytes > budget) {
            resident.invalidate(sequence);
            sequence.resident = false;
        }
        return sequence.resident;
    }

    /** Evicts those that have had their rows longest, until the sequence fits once their leases have ended. */
    private void makeRoom(Sequence sequence) {
        while (heldForOthers(sequence) + residentBytes() + sequence.bytes > budget) {
            Sequence longest = null;
            for (Sequence other : resident.asMap().keySet()) {
                if (longest == null || other.served > longest.served) {
                    longest = other;
                }
            }
            if (longest == null) {
                return;
            }
            evict(longest);
        }
    }

    private long residentBytes() {
        return sum(resident.asMap().keySet().stream());
    }

    /** Bytes that sequences wait for which began to wait before. */
    private long heldForOthers(Sequence sequence) {
        return sum(waiting.stream().takeWhile(other -> other != sequence));
    }

    private static long sum(Stream<Sequence> sequences) {
        return sequences.mapToLong(sequence -> sequence.bytes).sum();
    }

    /** One sequence's place in the cache. Leased by one thread at a time; closed by any. */
    public final class Sequence implements AutoCloseable {
        private final int layers;
        private final int positions;
        private final RowWidths widths;
        private final int layerBytes;
        private final long bytes;
        private List<ByteBuffer> memory = List.of();
        private @Nullable SequenceRows rows;
        private boolean resident;
        private boolean leased;
        private boolean begun;
        private boolean closed;
        private int refusals;
        private int heldBack;
        private long served;

        private Sequence(int layers, int positions, RowWidths widths) {
            this.layers = layers;
            this.positions = positions;
            this.widths = widths;
            this.layerBytes = BufferPool.sizeClass(widths.bytes(positions));
            this.bytes = (long) layers * layerBytes;
        }

        /**
         * Begins a forward.
         *
         * @return whether the rows are as the last forward left them; if not, this one must compute every row
         */
        public boolean lease() {
            lock.lock();
            try {
                if (leased) {
                    throw new IllegalStateException("the sequence's rows are leased already");
                }
                leased = true;
                if (closed) {
                    return false;
                }
                heldBack = 0;
                boolean kept = begun && LayerCache.this.resident.getIfPresent(this) != null;
                begun = true;
                if (!kept) {
                    take();
                }
                served++;
                return kept;
            } finally {
                lock.unlock();
            }
        }

        /** The leased rows; null where there is no room for any. */
        public @Nullable SequenceRows rows() {
            return rows;
        }

        /**
         * Ends a forward.
         *
         * @param loadNanos time of the forward, if it computed every row because the rows were gone; else 0
         */
        public void release(long loadNanos) {
            lock.lock();
            try {
                leased = false;
                freeUnlessLeased();
                if (loadNanos > 0) {
                    recorder.recordLoadSuccess(loadNanos);
                }
            } finally {
                lock.unlock();
            }
        }

        /** Gives up the rows, at the end of their lease if they are leased. Closing again does nothing. */
        @Override
        public void close() {
            lock.lock();
            try {
                closed = true;
                waiting.remove(this);
                LayerCache.this.resident.invalidate(this);
                resident = false;
                freeUnlessLeased();
            } finally {
                lock.unlock();
            }
        }

        private void take() {
            if (!admit(this)) {
                refusals++;
                return;
            }
            waiting.remove(this);
            refusals = 0;
            served = 0;
            memory = pool.take(layerBytes, layers, budget - liveBytes - bytes);
            rows = new SequenceRows(memory, positions, widths);
            liveBytes += bytes;
        }

        private void freeUnlessLeased() {
            if (!leased && !resident && !memory.isEmpty()) {
                memory.forEach(pool::giveBack);
                memory = List.of();
                rows = null;
                liveBytes -= bytes;
            }
        }
    }
}
