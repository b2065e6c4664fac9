package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.LayerCache.Sequence;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A cache whose memory and time are the test's; sequences of two layers, 8 KiB each. */
class GrantTest {
    private static final int LAYERS = 2;
    private static final int POSITIONS = 128;
    private static final RowWidths WIDTHS = RowWidths.keysAndValues(4);
    private static final long BYTES = LAYERS * WIDTHS.bytes(POSITIONS);

    private int refusals;
    private int asked;
    private long now;

    @Test
    void afterOneRefusalRowsAreKeptAgainOnceMemoryIsThere() {
        LayerCache cache = cache();
        refusals = 1;
        try (Sequence sequence = cache.open(LAYERS, POSITIONS, WIDTHS)) {
            assertThat(keeps(sequence)).isFalse();
            assertThat(keeps(sequence)).as("before the JVM is asked again").isFalse();

            now += Grant.SHORTEST_WAIT_NANOS;
            assertThat(keeps(sequence)).isTrue();
            assertThat(sequence.lease()).as("found at the next forward").isTrue();
            sequence.release(0);
            assertThat(cache.liveBytes()).isEqualTo(BYTES);
        }
    }

    @Test
    void theWholeBudgetIsThereAgain() {
        LayerCache cache = cache();
        refusals = 1;
        try (Sequence first = cache.open(LAYERS, POSITIONS, WIDTHS);
                Sequence second = cache.open(LAYERS, POSITIONS, WIDTHS)) {
            assertThat(keeps(first)).isFalse();
            now += Grant.SHORTEST_WAIT_NANOS;
            assertThat(keeps(first)).isTrue();
            assertThat(keeps(second)).isTrue();
            assertThat(cache.liveBytes()).isEqualTo(2 * BYTES);
        }
    }

    @Test
    void aJvmThatGoesOnRefusingIsAskedEverMoreSeldom() {
        LayerCache cache = cache();
        refusals = Integer.MAX_VALUE;
        try (Sequence sequence = cache.open(LAYERS, POSITIONS, WIDTHS)) {
            for (long until = now + 15 * Grant.SHORTEST_WAIT_NANOS; now < until; now += Grant.SHORTEST_WAIT_NANOS / 4) {
                assertThat(keeps(sequence)).isFalse();
            }
        }
        assertThat(asked).as("after 0, 1, 3 and 7 seconds").isEqualTo(4);
    }

    @Test
    void rowsThatAreKeptSurviveARefusal() {
        LayerCache cache = cache();
        try (Sequence first = cache.open(LAYERS, POSITIONS, WIDTHS);
                Sequence second = cache.open(LAYERS, POSITIONS, WIDTHS)) {
            assertThat(keeps(first)).isTrue();
            refusals = 1;
            assertThat(keeps(second)).isFalse();
            assertThat(first.lease()).isTrue();
            first.release(0);
            assertThat(cache.liveBytes()).isEqualTo(BYTES);
        }
    }

    private LayerCache cache() {
        return new LayerCache(4 * BYTES, buffer -> {}, this::allocate, () -> now);
    }

    private ByteBuffer allocate(int bytes) {
        asked++;
        if (refusals > 0) {
            refusals--;
            throw new OutOfMemoryError("refused by the test");
        }
        return DirectMemory.allocate(bytes);
    }

    private static boolean keeps(Sequence sequence) {
        sequence.lease();
        boolean keeps = sequence.rows() != null;
        sequence.release(0);
        return keeps;
    }
}
