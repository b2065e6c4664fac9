package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.LayerCache.Sequence;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sequences of two layers and 128 positions; each keeps 2 · 128 · (4 + 4) floats, 8 KiB. */
final class LayerCacheTest {
    private static final int LAYERS = 2;
    private static final int POSITIONS = 128;
    private static final RowWidths WIDTHS = RowWidths.keysAndValues(4);
    private static final long BYTES = LAYERS * WIDTHS.bytes(POSITIONS);

    @Test
    void whatAForwardWroteIsThereAtTheNext() {
        LayerCache cache = new LayerCache(4 * BYTES);
        try (Sequence sequence = open(cache)) {
            assertThat(sequence.lease()).isFalse();
            rows(sequence).layer(1).keys().put(7, 42);
            sequence.release(0);

            assertThat(sequence.lease()).isTrue();
            assertThat(rows(sequence).layer(1).keys().get(7)).isEqualTo(42);
            sequence.release(0);
            assertThat(cache.liveBytes()).isEqualTo(BYTES);
        }
        assertThat(cache.liveBytes()).isZero();
    }

    @Test
    void hitsMissesEvictionsAndLoadsAreCounted() {
        LayerCache cache = new LayerCache(4 * BYTES);
        try (Sequence sequence = open(cache)) {
            forward(sequence);
            forward(sequence);
            cache.evictAll();
            assertThat(sequence.lease()).isFalse();
            sequence.release(5);
        }

        assertThat(cache.statistics().hitCount()).isEqualTo(1);
        assertThat(cache.statistics().missCount()).isEqualTo(1);
        assertThat(cache.statistics().evictionCount()).isEqualTo(1);
        assertThat(cache.statistics().evictionWeight()).isEqualTo(BYTES / 1024);
        assertThat(cache.statistics().loadSuccessCount()).isEqualTo(1);
        assertThat(cache.statistics().totalLoadTime()).isEqualTo(5);
    }

    @Test
    void evictionTakesEffectWhenTheLeaseEnds() {
        LayerCache cache = new LayerCache(4 * BYTES);
        try (Sequence sequence = open(cache)) {
            sequence.lease();
            SequenceRows rows = rows(sequence);
            cache.evictAll();

            assertThat(sequence.rows()).isSameAs(rows);
            assertThat(cache.liveBytes()).isEqualTo(BYTES);
            sequence.release(0);
            assertThat(cache.liveBytes()).isZero();
            assertThat(sequence.lease()).isFalse();
            sequence.release(0);
        }
    }

    @Test
    void closingUnderALeaseFreesWhenItEnds() {
        LayerCache cache = new LayerCache(4 * BYTES);
        Sequence sequence = open(cache);
        sequence.lease();
        sequence.close();
        sequence.close();

        assertThat(sequence.rows()).isNotNull();
        sequence.release(0);
        assertThat(cache.liveBytes()).isZero();
        assertThat(sequence.lease()).isFalse();
        assertThat(sequence.rows()).isNull();
    }

    @Test
    void aSecondLeaseIsRefused() {
        Sequence sequence = open(new LayerCache(4 * BYTES));
        sequence.lease();

        assertThatThrownBy(sequence::lease)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the sequence's rows are leased already");
        sequence.close();
    }

    @Test
    void aSequenceThatFitsNoBudgetKeepsNothingAndIsWarnedOf() {
        List<String> warnings = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord warning) {
                warnings.add(java.text.MessageFormat.format(warning.getMessage(), warning.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(LayerCache.class.getName());
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try (Sequence sequence = open(new LayerCache(BYTES - 1))) {
            forward(sequence);
            assertThat(sequence.lease()).isFalse();
            assertThat(sequence.rows()).isNull();
            sequence.release(0);
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        assertThat(warnings)
                .containsExactly("a sequence needs " + BYTES + " bytes to keep its rows and the cache budget is "
                        + (BYTES - 1) + "; it keeps none and computes every row in every forward, so raise the budget"
                        + " or use cache none");
    }

    @Test
    void whatIsSharedOutlivesItsSequenceAndIsCopiedIntoOthers() {
        LayerCache cache = new LayerCache(4 * BYTES, LayerCacheTest::poison);
        try (Sequence sequence = open(cache)) {
            sequence.lease();
            rows(sequence).layer(1).keys().put(4 * 63 + 3, 42);
            rows(sequence).layer(1).values().put(4 * 63 + 3, 43);
            assertThat(sequence.share("ab", 64)).isTrue();
            rows(sequence).layer(1).keys().put(4 * 63 + 3, 0);
            sequence.release(0);
        }
        assertThat(cache.liveBytes()).isEqualTo(BYTES / 2);

        try (Sequence sequence = cache.open(LAYERS, 100, WIDTHS)) {
            sequence.lease();
            rows(sequence).layer(1).keys().put(4 * 64, 7);
            assertThat(sequence.borrow("abc", 64)).isFalse();
            assertThat(sequence.borrow("ab", 64)).isTrue();
            assertThat(rows(sequence).layer(1).keys().get(4 * 63 + 3)).isEqualTo(42);
            assertThat(rows(sequence).layer(1).values().get(4 * 63 + 3)).isEqualTo(43);
            assertThat(rows(sequence).layer(1).keys().get(4 * 64)).isEqualTo(7);
            sequence.release(0);
        }
        assertThat(cache.statistics().hitCount()).isEqualTo(1);
        assertThat(cache.statistics().missCount()).isZero();

        cache.unshare("other"::equals);
        assertThat(cache.liveBytes()).isPositive();
        cache.unshare("ab"::equals);
        assertThat(cache.liveBytes()).isZero();
    }

    @Test
    void sharedRowsOfOtherWidthsOrLengthsAreNotBorrowed() {
        LayerCache cache = new LayerCache(4 * BYTES);
        try (Sequence sequence = open(cache)) {
            sequence.lease();
            sequence.share("ab", 64);
            sequence.release(0);
        }
        for (Sequence sequence : List.of(
                cache.open(LAYERS, 63, WIDTHS),
                cache.open(LAYERS + 1, 64, WIDTHS),
                cache.open(LAYERS, 64, RowWidths.keysAndValues(8)))) {
            sequence.lease();
            assertThat(sequence.borrow("ab", 64)).isFalse();
            sequence.release(0);
            sequence.close();
        }
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    @Test
    void withoutALeaseOrRoomNothingIsShared() {
        LayerCache cache = new LayerCache(BYTES);
        Sequence sequence = open(cache);
        assertThat(sequence.share("ab", 64)).isFalse();
        assertThat(sequence.borrow("ab", 64)).isFalse();
        sequence.lease();
        assertThat(sequence.share("ab", 64)).isFalse();
        assertThat(cache.liveBytes()).isEqualTo(BYTES);
        sequence.release(0);
        sequence.close();
        assertThat(cache.liveBytes()).isZero();
    }

    /** What is shared goes first where a sequence has been refused often enough. */
    @Test
    void aSequenceThatWaitsTakesThePlaceOfWhatIsShared() {
        LayerCache cache = new LayerCache(BYTES + BYTES / 2);
        try (Sequence sequence = cache.open(LAYERS, POSITIONS / 2, WIDTHS)) {
            sequence.lease();
            assertThat(sequence.share("ab", POSITIONS / 2)).isTrue();
            sequence.release(0);
            for (int i = 0; i < 20; i++) {
                sequence.lease();
                sequence.borrow("ab", 64);
                sequence.release(0);
            }
            Sequence other = open(cache);
            boolean found = false;
            for (int forward = 0; forward < 20; forward++) {
                found = other.lease();
                other.release(0);
            }
            assertThat(found).isTrue();
            assertThat(sequence.lease()).isTrue();
            assertThat(sequence.borrow("ab", 64)).isFalse();
            sequence.release(0);
            other.close();
        }
        assertThat(cache.liveBytes()).isZero();
    }

    /** A copy that nobody has borrowed yet makes way at once, and one that comes to a full cache displaces no sequence. */
    @Test
    void whatIsSharedTakesNoSequencesPlace() {
        LayerCache cache = new LayerCache(BYTES + BYTES / 2);
        try (Sequence first = open(cache)) {
            first.lease();
            assertThat(first.share("a", 64)).isTrue();
            assertThat(first.share("b", 64)).isTrue();
            assertThat(first.borrow("a", 64)).isFalse();
            first.release(0);
        }
        try (Sequence second = open(cache)) {
            second.lease();
            assertThat(second.rows()).isNotNull();
            assertThat(second.borrow("b", 32)).isTrue();
            assertThat(second.share("c", 128)).isFalse();
            second.release(0);
            assertThat(second.lease()).isTrue();
            assertThat(second.borrow("b", 64)).isTrue();
            second.release(0);
        }
        assertThat(cache.statistics().evictionCount()).isEqualTo(1);
    }

    @Test
    void aCopyNobodyBorrowedMakesWayForASequenceAtOnce() {
        LayerCache cache = new LayerCache(2 * BYTES);
        try (Sequence first = open(cache);
                Sequence second = open(cache)) {
            first.lease();
            first.share("a", 64);
            first.share("b", 64);
            first.release(0);
            assertThat(cache.liveBytes()).isEqualTo(2 * BYTES);
            second.lease();
            assertThat(second.rows()).isNotNull();
            second.release(0);
            assertThat(first.lease()).isTrue();
            first.release(0);
            assertThat(second.lease()).isTrue();
            second.release(0);
        }
    }

    @Test
    void aBudgetBelowZeroIsRefused() {
        assertThatThrownBy(() -> new LayerCache(-1))
                .hasMessage("the cache budget is -1 bytes; it must be 0 or above, 0 to keep nothing");
    }

    /** Five fit; all eight have their rows in a fair share of the forwards, and none is out for long. */
    @Test
    void noActiveSequenceStarvesBesideAHotSet() {
        LayerCache cache = new LayerCache(5 * BYTES);
        List<Sequence> sequences =
                IntStream.range(0, 8).mapToObj(i -> open(cache)).toList();
        int[] hits = new int[8];
        int[] out = new int[8];
        int longestOut = 0;
        for (int forward = 0; forward < 400; forward++) {
            for (int i = 0; i < 8; i++) {
                boolean kept = sequences.get(i).lease();
                hits[i] += kept ? 1 : 0;
                out[i] = kept ? 0 : out[i] + 1;
                longestOut = Math.max(longestOut, out[i]);
                assertThat(cache.liveBytes()).isLessThanOrEqualTo(cache.budgetBytes());
            }
            sequences.forEach(sequence -> sequence.release(0));
        }
        sequences.forEach(Sequence::close);

        assertThat(IntStream.of(hits).min().orElse(0)).as("fewest hits").isGreaterThan(100);
        assertThat(longestOut).isLessThanOrEqualTo(40);
        assertThat(IntStream.of(hits).sum()).isGreaterThanOrEqualTo(8 * 400 / 2);
        assertThat(cache.liveBytes()).isZero();
    }

    /** A waiting sequence that is neither stepped nor closed does not hold the others up for good. */
    @Test
    void aSequenceThatStopsWhileItWaitsIsPassedOver() {
        LayerCache cache = new LayerCache(BYTES);
        Sequence holder = open(cache);
        Sequence stopped = open(cache);
        for (int forward = 0; forward < 9; forward++) {
            holder.lease();
            stopped.lease();
            stopped.release(0);
            holder.release(0);
        }
        boolean kept = false;
        for (int forward = 0; forward < 200; forward++) {
            kept = holder.lease();
            holder.release(0);
        }

        assertThat(kept).isTrue();
        holder.close();
        stopped.close();
    }

    @Test
    void sequencesThatComeAndGoAllocateNothing() {
        Set<ByteBuffer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        LayerCache cache = new LayerCache(4 * BYTES, seen::add);
        for (int i = 0; i < 50; i++) {
            try (Sequence first = open(cache);
                    Sequence second = open(cache)) {
                forward(first);
                forward(second);
            }
        }

        assertThat(seen).hasSize(2 * LAYERS);
    }

    @Test
    void freeBuffersOfOneSizeMakeRoomForAnother() {
        BufferPool pool = new BufferPool(buffer -> {}, DirectMemory::allocate);
        pool.take(1024, 3, 4096).forEach(pool::giveBack);
        assertThat(pool.freeBytes()).isEqualTo(3 * 1024);

        pool.take(2048, 1, 3 * 1024);

        assertThat(pool.freeBytes()).isEqualTo(1024);
        assertThat(pool.takenBytes()).isEqualTo(2048);
    }

    /** What the JVM counts, free buffers included, stays within the budget whatever the lengths. */
    @Test
    void sequencesOfManyLengthsTakeNoMoreOfTheSystemThanTheBudget() {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        long budget = 8 << 20;
        LayerCache cache = new LayerCache(budget, LayerCacheTest::poison);
        Random random = new Random(11);
        List<Sequence> open = new ArrayList<>();
        long before = direct.getTotalCapacity();
        long most = 0;
        for (int i = 0; i < 500; i++) {
            open.add(cache.open(LAYERS, 1000 + random.nextInt(20_000), WIDTHS));
            if (open.size() > 4) {
                open.remove(random.nextInt(open.size())).close();
            }
            open.forEach(LayerCacheTest::forward);
            most = Math.max(most, direct.getTotalCapacity() - before);
            assertThat(cache.liveBytes()).isLessThanOrEqualTo(budget);
        }
        open.forEach(Sequence::close);

        assertThat(most).as("bytes of the system").isBetween(budget / 2, budget);
        assertThat(cache.liveBytes()).isZero();
    }

    /** A newcomer that Caffeine does not let in had no rows that it could lose. */
    @Test
    void aSequenceThatFindsNoRoomIsNotCountedAsEvicted() {
        LayerCache cache = new LayerCache(BYTES);
        try (Sequence hot = open(cache);
                Sequence newcomer = open(cache)) {
            for (int i = 0; i < 20; i++) {
                forward(hot);
            }
            for (int i = 0; i < 5; i++) {
                forward(newcomer);
                assertThat(newcomer.rows()).isNull();
            }
            assertThat(hot.lease()).isTrue();
            hot.release(0);
            assertThat(cache.statistics().evictionCount()).isZero();

            cache.evictAll();
            assertThat(cache.statistics().evictionCount()).isEqualTo(1);
        }
        assertThat(cache.statistics().evictionCount()).isEqualTo(1);
    }

    @Test
    void aSizeClassIsAtMostAnEighthLarger() {
        assertThat(BufferPool.sizeClass(1)).isEqualTo(1024);
        assertThat(BufferPool.sizeClass(1025)).isEqualTo(2048);
        assertThat(BufferPool.sizeClass(1 << 20)).isEqualTo(1 << 20);
        assertThat(BufferPool.sizeClass((1 << 20) + 1)).isEqualTo((1 << 20) + (1 << 17));
        assertThatThrownBy(() -> BufferPool.sizeClass(1L << 31))
                .hasMessage("a layer's kept rows take 2147483648 bytes, above the limit of 2 GiB;"
                        + " shorten the canvas or use cache none");
    }

    /** Threads lease, write, check, share, borrow, release and close at random, while others evict: nobody reads another's rows. */
    @Test
    void eightThreadsNeverExceedTheBudgetNorSeeEachOthersRows() throws InterruptedException {
        LayerCache cache = new LayerCache(5 * BYTES, LayerCacheTest::poison);
        AtomicLong wrong = new AtomicLong();
        CountDownLatch ready = new CountDownLatch(8);
        List<Thread> threads = IntStream.range(0, 8)
                .mapToObj(number -> new Thread(() -> {
                    ready.countDown();
                    Random random = new Random(number);
                    for (int i = 0; i < 40; i++) {
                        wrong.addAndGet(decode(cache, random, number));
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        ready.await();
        while (threads.stream().anyMatch(Thread::isAlive)) {
            wrong.addAndGet(cache.liveBytes() > cache.budgetBytes() ? 1 : 0);
            cache.evictAll();
            Thread.onSpinWait();
        }

        assertThat(wrong.get()).isZero();
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    /** Twenty forwards, each of which finds what the last one wrote or computes it anew. */
    private static int decode(LayerCache cache, Random random, int number) {
        int wrong = 0;
        float expected = Float.NaN;
        try (Sequence sequence = open(cache)) {
            for (int forward = 0; forward < 20; forward++) {
                boolean kept = sequence.lease();
                SequenceRows rows = sequence.rows();
                if (rows != null) {
                    wrong += kept && rows.layer(0).values().get(9) != expected ? 1 : 0;
                    wrong += sharing(sequence, rows, random);
                    expected = 100 * number + random.nextInt(100);
                    rows.layer(0).values().put(9, expected);
                }
                sequence.release(0);
            }
        }
        return wrong;
    }

    /** Shares or borrows a first row that says under which key it was shared. */
    private static int sharing(Sequence sequence, SequenceRows rows, Random random) {
        int key = random.nextInt(3);
        if (random.nextBoolean()) {
            rows.layer(1).keys().put(0, key);
            sequence.share(key, 1 + random.nextInt(64));
            return 0;
        }
        return sequence.borrow(key, 1) && rows.layer(1).keys().get(0) != key ? 1 : 0;
    }

    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += Float.BYTES) {
            buffer.putFloat(i, Float.NaN);
        }
    }

    private static void forward(Sequence sequence) {
        sequence.lease();
        sequence.release(0);
    }

    private static Sequence open(LayerCache cache) {
        return cache.open(LAYERS, POSITIONS, WIDTHS);
    }

    private static SequenceRows rows(Sequence sequence) {
        return Objects.requireNonNull(sequence.rows());
    }
}
