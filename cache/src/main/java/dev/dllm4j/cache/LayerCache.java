package dev.dllm4j.cache;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import dev.dllm4j.cache.Turns.Turn;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
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
 * for another sequence. Where the budget has no room, a sequence keeps nothing and computes every row. Where the JVM
 * grants less direct memory than the budget, what it grants is the budget for a while, and that is warned of once;
 * then the whole budget is tried again.
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

    private final long budget;
    private final BufferPool pool;
    private final Residents residents;
    private final Turns turns = new Turns();
    private final ReentrantLock lock = new ReentrantLock();
    private final Grant grant;
    private boolean warned;

    /** @param budgetBytes of kept and leased rows together */
    public LayerCache(long budgetBytes) {
        this(budgetBytes, buffer -> {});
    }

    /** @param returned told of every buffer that no sequence reads any more */
    public LayerCache(long budgetBytes, Consumer<ByteBuffer> returned) {
        this(budgetBytes, returned, DirectMemory::allocate, System::nanoTime);
    }

    /** With memory and time from elsewhere. */
    LayerCache(long budgetBytes, Consumer<ByteBuffer> returned, IntFunction<ByteBuffer> memory, LongSupplier nanoTime) {
        if (budgetBytes < 0) {
            throw new IllegalArgumentException(
                    "the cache budget is " + budgetBytes + " bytes; it must be 0 or above, 0 to keep nothing");
        }
        budget = budgetBytes;
        grant = new Grant(budgetBytes, nanoTime);
        pool = new BufferPool(returned, memory);
        residents = new Residents(budgetBytes);
    }

    /** The cache of those that are given no other: of {@link #DEFAULT_BUDGET}, one for the process. */
    public static LayerCache ofProcess() {
        return OfProcess.CACHE;
    }

    /** Bytes that kept and leased rows may take together. */
    public long budgetBytes() {
        return budget;
    }

    /** Bytes that kept and leased rows take now. */
    public long liveBytes() {
        lock.lock();
        try {
            return pool.takenBytes();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hits, misses and evictions since the beginning. Rows that are borrowed count as a hit. A load is a forward that
     * computed every row because they were gone.
     */
    public CacheStats statistics() {
        return residents.statistics();
    }

    /** Evicts every sequence's rows and all that are shared; leased ones at the end of their lease. */
    public void evictAll() {
        lock.lock();
        try {
            List.copyOf(residents.keys()).forEach(residents::evict);
        } finally {
            lock.unlock();
        }
    }

    /** Gives up what sequences share under some keys. */
    public void unshare(Predicate<Object> keys) {
        lock.lock();
        try {
            for (Object key : List.copyOf(residents.keys())) {
                if (key instanceof SharedKey shared && keys.test(shared.key)) {
                    residents.remove(key);
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
        Sequence sequence = new Sequence(new KeptRows(pool, layers, positions, widths, false));
        if (sequence.kept.bytes() > budget) {
            LOGGER.log(
                    Level.WARNING,
                    "a sequence needs {0} bytes to keep its rows and the cache budget is {1}; it keeps none and computes"
                            + " every row in every forward, so raise the budget or use cache none",
                    Long.toString(sequence.kept.bytes()),
                    Long.toString(budget));
        }
        return sequence;
    }

    /** Makes a sequence's rows resident, with memory, if they can be; says whether they are. */
    private boolean admit(Sequence sequence) {
        retry();
        long bytes = sequence.kept.bytes();
        if (bytes > grant.bytes()) {
            return false;
        }
        if (turns.waits(sequence.turn)) {
            residents.makeRoom(turns.heldBefore(sequence.turn) + bytes);
        }
        residents.makeRoomOfUnused(bytes);
        if (turns.waiting() && turns.heldBefore(sequence.turn) + pool.takenBytes() + bytes > grant.bytes()) {
            turns.heldBack();
            return false;
        }
        return admit(sequence, sequence.kept);
    }

    /** Leaves it to Caffeine who stays. */
    private boolean admit(Object key, KeptRows rows) {
        if (!residents.add(key, rows)) {
            return false;
        }
        boolean fits = pool.takenBytes() + rows.bytes() <= grant.bytes();
        if (fits && rows.take(grant.bytes())) {
            grant.given(pool.takenBytes() + pool.freeBytes());
            return true;
        }
        residents.remove(key);
        if (fits) {
            limitToGranted();
        }
        return false;
    }

    private void retry() {
        if (grant.retry()) {
            residents.limit(grant.bytes());
        }
    }

    /** The JVM has refused memory: what it has granted is the budget for a while. */
    private void limitToGranted() {
        grant.refused(pool.takenBytes() + pool.freeBytes());
        residents.limit(grant.bytes());
        if (!warned) {
            warned = true;
            LOGGER.log(
                    Level.WARNING,
                    "the cache budget is {0} bytes and the JVM grants {1} of direct memory to it; rows are kept within"
                            + " those, so lower the budget or start Java with a larger -XX:MaxDirectMemorySize",
                    Long.toString(budget),
                    Long.toString(grant.bytes()));
        }
    }

    /** Rows of one model under a name that sequences agree on. */
    private record SharedKey(Object key, int layers, RowWidths widths) {}

    private static final class OfProcess {
        private static final LayerCache CACHE = new LayerCache(DEFAULT_BUDGET);
    }

    /** One sequence's place in the cache. Leased by one thread at a time; closed by any. */
    public final class Sequence implements AutoCloseable {
        private final KeptRows kept;
        private final Turn turn;
        private boolean begun;
        private boolean closed;

        private Sequence(KeptRows kept) {
            this.kept = kept;
            this.turn = new Turn(kept.bytes());
        }

        /**
         * Begins a forward.
         *
         * @return whether the rows are as the last forward left them; if not, this one must compute every row
         */
        public boolean lease() {
            lock.lock();
            try {
                if (kept.leased()) {
                    throw new IllegalStateException("the sequence's rows are leased already");
                }
                boolean found = !closed && begun && residents.find(this) != null && kept.rows() != null;
                if (!closed) {
                    begun = true;
                    if (!found) {
                        take();
                    }
                    turn.forward();
                    kept.use();
                }
                kept.lease();
                return found;
            } finally {
                lock.unlock();
            }
        }

        /** The leased rows; null where there is no room for any. */
        public @Nullable SequenceRows rows() {
            return kept.rows();
        }

        /**
         * Keeps a copy of the leased rows' first positions, for other sequences to {@link #borrow}. It takes no
         * sequence's place. Until it is borrowed it goes where any sequence finds no room; afterwards it is evicted like
         * a sequence's rows, and first where a sequence has waited for room.
         *
         * @param key equal for rows that may stand for each other
         * @return whether it is kept; not where the cache has no room
         */
        public boolean share(Object key, int positions) {
            SharedKey shared = new SharedKey(key, kept.layers(), kept.widths());
            KeptRows copy = new KeptRows(pool, kept.layers(), positions, kept.widths(), true);
            SequenceRows source;
            lock.lock();
            try {
                source = kept.leased() ? kept.rows() : null;
                if (source == null || copy.bytes() > grant.bytes()) {
                    return false;
                }
                if (residents.contains(shared)) {
                    return true;
                }
                boolean held =
                        turns.waiting() && turns.heldBefore(null) + pool.takenBytes() + copy.bytes() > grant.bytes();
                if (held || !residents.makeRoomOfShared(copy.bytes()) || !admit(shared, copy)) {
                    return false;
                }
                Objects.requireNonNull(copy.rows()).copyFirst(source, positions);
                return true;
            } finally {
                lock.unlock();
            }
        }

        /**
         * Copies the first positions of what was shared under a key over those of the leased rows.
         *
         * @return whether they were there
         */
        public boolean borrow(Object key, int positions) {
            SharedKey shared = new SharedKey(key, kept.layers(), kept.widths());
            lock.lock();
            try {
                SequenceRows target = kept.leased() ? kept.rows() : null;
                // A key that is not there is no miss: misses count forwards that were to find rows.
                if (target == null || !residents.contains(shared)) {
                    return false;
                }
                KeptRows source = residents.find(shared);
                SequenceRows rows = source == null ? null : source.rows();
                if (source == null || rows == null || positions > Math.min(source.positions(), kept.positions())) {
                    return false;
                }
                target.copyFirst(rows, positions);
                source.use();
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
                kept.endLease();
                if (loadNanos > 0) {
                    residents.recordLoad(loadNanos);
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
                turns.leave(turn);
                residents.remove(this);
            } finally {
                lock.unlock();
            }
        }

        private void take() {
            if (admit(this)) {
                turns.admitted(turn);
            } else {
                turns.refused(turn);
            }
        }
    }
}
