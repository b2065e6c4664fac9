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
import java.util.function.Predicate;
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
 * <p>Sequences may share rows of a prefix they have in common: one keeps a copy of its own under a key, others start from
 * it. Copies live in the same budget.
 *
 * <p>The bytes of kept and of leased rows together never exceed the budget, nor do they with the free buffers that wait
 * for another sequence. Where the budget has no room, a sequence keeps nothing and computes every row.
 */
public final class LayerCache {
    /*
     * Everything happens under one lock, copies of shared rows included; Caffeine's maintenance runs on the calling
     * thread, so its eviction listener does, too. An entry is put before its memory is taken: Caffeine then says who
     * goes, and only if that frees enough is memory taken. An evicted entry that is leased keeps its memory until the
     * lease ends ("leaving"). While a sequence waits for memory of that kind, what becomes free is held for it.
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
    private final Cache<Object, Entry> resident;
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
                .weigher((Object key, Entry value) -> Math.toIntExact(value.bytes / KIBIBYTE))
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
     * Hits, misses and evictions since the beginning. Rows that are borrowed count as a hit. A load is a forward that
     * computed every row because they were gone.
     */
    public CacheStats statistics() {
        return recorder.snapshot();
    }

    /** Evicts every sequence's rows and all that are shared; leased ones at the end of their lease. */
    public void evictAll() {
        lock.lock();
        try {
            List.copyOf(resident.asMap().keySet()).forEach(this::evict);
        } finally {
            lock.unlock();
        }
    }

    /** Gives up what sequences share under some keys. */
    public void unshare(Predicate<Object> keys) {
        lock.lock();
        try {
            for (Object key : List.copyOf(resident.asMap().keySet())) {
                if (key instanceof SharedKey shared && keys.test(shared.key)) {
                    evicted(resident.asMap().remove(key));
                }
            }
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
        Sequence sequence = new Sequence(new Entry(layers, positions, widths));
        if (sequence.kept.bytes > budget) {
            LOGGER.log(
                    Level.WARNING,
                    "a sequence needs {0} bytes to keep its rows and the cache budget is {1}; it keeps none and computes"
                            + " every row in every forward, so raise the budget or use cache none",
                    Long.toString(sequence.kept.bytes),
                    Long.toString(budget));
        }
        return sequence;
    }

    private static void evicted(@Nullable Entry entry) {
        if (entry != null) {
            entry.resident = false;
            entry.freeUnlessLeased();
        }
    }

    private void evict(Object key) {
        Entry entry = resident.asMap().remove(key);
        if (entry != null) {
            recorder.recordEviction(Math.toIntExact(entry.bytes / KIBIBYTE), RemovalCause.SIZE);
            evicted(entry);
        }
    }

    /** Makes a sequence's entry resident, with memory, if it can be; says whether it is. */
    private boolean admit(Sequence sequence) {
        if (sequence.kept.bytes > budget) {
            return false;
        }
        if (sequence.refusals >= PATIENCE) {
            waiting.add(sequence);
            makeRoom(sequence);
        }
        if (!waiting.isEmpty() && heldForOthers(sequence) + liveBytes + sequence.kept.bytes > budget) {
            Sequence first = waiting.iterator().next();
            if (++first.heldBack > CLAIM) {
                waiting.remove(first);
            }
            return false;
        }
        return admit(sequence, sequence.kept);
    }

    /** Leaves it to Caffeine who stays. */
    private boolean admit(Object key, Entry entry) {
        entry.resident = true;
        resident.put(key, entry);
        resident.cleanUp();
        if (entry.resident && liveBytes + entry.bytes > budget) {
            resident.invalidate(key);
            entry.resident = false;
        }
        if (entry.resident) {
            entry.take();
        }
        return entry.resident;
    }

    /**
     * Evicts what is shared, then those that have had their rows longest, until the sequence fits once their leases have
     * ended.
     */
    private void makeRoom(Sequence sequence) {
        while (heldForOthers(sequence) + residentBytes() + sequence.kept.bytes > budget) {
            Object longest = null;
            long served = -1;
            for (Object other : resident.asMap().keySet()) {
                long time = other instanceof Sequence kept ? kept.served : Long.MAX_VALUE;
                if (time > served) {
                    longest = other;
                    served = time;
                }
            }
            if (longest == null) {
                return;
            }
            evict(longest);
        }
    }

    private long residentBytes() {
        return resident.asMap().values().stream()
                .mapToLong(entry -> entry.bytes)
                .sum();
    }

    /** Bytes that sequences wait for which began to wait before; all that do where it is none of them. */
    private long heldForOthers(@Nullable Sequence sequence) {
        return waiting.stream()
                .takeWhile(other -> other != sequence)
                .mapToLong(other -> other.kept.bytes)
                .sum();
    }

    /** Rows of one model under a name that sequences agree on. */
    private record SharedKey(Object key, int layers, RowWidths widths) {}

    /** Memory for the rows of a sequence, or for rows that sequences share. Only touched under the lock. */
    private final class Entry {
        private final int layers;
        private final int positions;
        private final RowWidths widths;
        private final int layerBytes;
        private final long bytes;
        private List<ByteBuffer> memory = List.of();
        private @Nullable SequenceRows rows;
        private boolean resident;
        private boolean leased;

        Entry(int layers, int positions, RowWidths widths) {
            this.layers = layers;
            this.positions = positions;
            this.widths = widths;
            this.layerBytes = BufferPool.sizeClass(widths.bytes(positions));
            this.bytes = (long) layers * layerBytes;
        }

        private void take() {
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

    /** One sequence's place in the cache. Leased by one thread at a time; closed by any. */
    public final class Sequence implements AutoCloseable {
        private final Entry kept;
        private boolean begun;
        private boolean closed;
        private int refusals;
        private int heldBack;
        private long served;

        private Sequence(Entry kept) {
            this.kept = kept;
        }

        /**
         * Begins a forward.
         *
         * @return whether the rows are as the last forward left them; if not, this one must compute every row
         */
        public boolean lease() {
            lock.lock();
            try {
                if (kept.leased) {
                    throw new IllegalStateException("the sequence's rows are leased already");
                }
                kept.leased = true;
                if (closed) {
                    return false;
                }
                heldBack = 0;
                boolean found = begun && resident.getIfPresent(this) != null;
                begun = true;
                if (!found) {
                    take();
                }
                served++;
                return found;
            } finally {
                lock.unlock();
            }
        }

        /** The leased rows; null where there is no room for any. */
        public @Nullable SequenceRows rows() {
            return kept.rows;
        }

        /**
         * Keeps a copy of the leased rows' first positions, for other sequences to {@link #borrow}. It is evicted like
         * any sequence's rows, and first where a sequence has waited for room.
         *
         * @param key equal for rows that may stand for each other
         * @return whether it is kept; not where the cache has no room
         */
        public boolean share(Object key, int positions) {
            SharedKey shared = new SharedKey(key, kept.layers, kept.widths);
            Entry copy = new Entry(kept.layers, positions, kept.widths);
            SequenceRows source;
            lock.lock();
            try {
                source = kept.leased ? kept.rows : null;
                if (source == null || copy.bytes > budget) {
                    return false;
                }
                if (resident.asMap().containsKey(shared)) {
                    return true;
                }
                boolean held = !waiting.isEmpty() && heldForOthers(null) + liveBytes + copy.bytes > budget;
                if (held || !admit(shared, copy) || copy.rows == null) {
                    return false;
                }
                copy.rows.copyFirst(source, positions);
                return true;
            } finally {
                lock.unlock();
            }
        }

        /**
         * Copies what was shared under a key over the leased rows' first positions.
         *
         * @return whether it was there
         */
        public boolean borrow(Object key) {
            SharedKey shared = new SharedKey(key, kept.layers, kept.widths);
            lock.lock();
            try {
                SequenceRows target = kept.leased ? kept.rows : null;
                // A key that is not there is no miss: misses count forwards that were to find rows.
                if (target == null || !resident.asMap().containsKey(shared)) {
                    return false;
                }
                Entry source = resident.getIfPresent(shared);
                if (source == null || source.rows == null || source.positions > kept.positions) {
                    return false;
                }
                target.copyFirst(source.rows, source.positions);
                return true;
            } finally {
                lock.unlock();
            }
        }

        /**
         * Ends a forward.
         *
         * @param loadNanos time of the forward, if it computed every row because the rows were gone; else 0
         */
        public void release(long loadNanos) {
            lock.lock();
            try {
                kept.leased = false;
                kept.freeUnlessLeased();
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
                resident.invalidate(this);
                evicted(kept);
            } finally {
                lock.unlock();
            }
        }

        private void take() {
            if (admit(this)) {
                waiting.remove(this);
                refusals = 0;
                served = 0;
            } else {
                refusals++;
            }
        }
    }
}
