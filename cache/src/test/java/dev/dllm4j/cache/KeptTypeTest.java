package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.LayerCache.Sequence;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What rows of each type take of the budget: sequences of two layers and 128 positions. */
final class KeptTypeTest {
    private static final int LAYERS = 2;
    private static final int POSITIONS = 128;

    /** As a policy keeps keys and values, and as one keeps everything. */
    static Stream<RowWidths> widths() {
        return Stream.of(RowWidths.keysAndValues(64), new RowWidths(96, 96, 64, 64));
    }

    private static RowWidths halves(RowWidths widths) {
        return new RowWidths(widths.input(), widths.query(), widths.key(), widths.value(), RowType.F16);
    }

    @ParameterizedTest
    @MethodSource("widths")
    void aLeaseOfFloat16RowsTakesHalfTheBytes(RowWidths widths) {
        long floats = (long) LAYERS * POSITIONS * (widths.input() + widths.query() + 128) * Float.BYTES;

        assertThat(leasedBytes(widths)).isEqualTo(floats);
        assertThat(leasedBytes(halves(widths))).isEqualTo(floats / 2);
    }

    @ParameterizedTest
    @MethodSource("widths")
    void theSameBudgetKeepsTwiceAsManySequences(RowWidths widths) {
        long budget = 2 * LAYERS * widths.bytes(POSITIONS);

        assertThat(keptOfFive(budget, widths)).isEqualTo(2);
        assertThat(keptOfFive(budget, halves(widths))).isEqualTo(4);
    }

    @Test
    void rowsOfAnotherTypeAreNotBorrowed() {
        LayerCache cache = new LayerCache(1 << 20);
        try (Sequence floats = cache.open(LAYERS, POSITIONS, RowWidths.keysAndValues(4));
                Sequence halves = cache.open(LAYERS, POSITIONS, RowWidths.keysAndValues(4, RowType.F16));
                Sequence others = cache.open(LAYERS, POSITIONS, RowWidths.keysAndValues(4, RowType.F16))) {
            Stream.of(floats, halves, others).forEach(Sequence::lease);
            Objects.requireNonNull(halves.rows()).layer(1).halfKeys().put(7, (short) 42);
            assertThat(floats.share("ab", 64)).isTrue();
            assertThat(others.borrow("ab", 64)).isFalse();
            assertThat(halves.share("ab", 64)).isTrue();
            assertThat(others.borrow("ab", 64)).isTrue();
            assertThat(Objects.requireNonNull(others.rows()).layer(1).halfKeys().get(7))
                    .isEqualTo((short) 42);
            Stream.of(floats, halves, others).forEach(sequence -> sequence.release(0));
        }
    }

    private static long leasedBytes(RowWidths widths) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        try (Sequence sequence = cache.open(LAYERS, POSITIONS, widths)) {
            sequence.lease();
            long bytes = cache.liveBytes();
            sequence.release(0);
            return bytes;
        }
    }

    private static long keptOfFive(long budget, RowWidths widths) {
        LayerCache cache = new LayerCache(budget);
        List<Sequence> sequences = Stream.generate(() -> cache.open(LAYERS, POSITIONS, widths))
                .limit(5)
                .toList();
        sequences.forEach(Sequence::lease);
        assertThat(cache.liveBytes()).isEqualTo(budget);
        long kept =
                sequences.stream().filter(sequence -> sequence.rows() != null).count();
        sequences.forEach(sequence -> sequence.release(0));
        sequences.forEach(Sequence::close);
        return kept;
    }
}
