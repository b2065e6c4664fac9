package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.BlockCache.EmptyForward;
import dev.dllm4j.cache.BlockCache.Reach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class BlockCacheTest {
    private static final int LENGTH = 10;

    private final Scene firstBlock = new Scene(LENGTH, 2, 6);
    private final Scene secondBlock = new Scene(LENGTH, 6, 10);

    @ParameterizedTest
    @CsvSource({"PREFIX, '[2, 3, 4, 5, 6, 7, 8, 9]'", "DUAL, '[2, 3, 4, 5]'"})
    void computesEveryRowWhenABlockIsEnteredAndFewAfterwards(Reach reach, String afterwards) {
        PolicyRun run = new PolicyRun(new BlockCache(reach), 3, false);

        assertThat(run.plan(firstBlock).rows().size()).isEqualTo(LENGTH);
        assertThat(run.plan(firstBlock).rows()).hasToString(afterwards);
        assertThat(run.plan(firstBlock).refreshFrom()).isGreaterThanOrEqualTo(3);
        assertThat(run.plan(firstBlock).rows()).hasToString(afterwards);
        assertThat(run.plan(secondBlock).refreshFrom()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Reach.class)
    void aBlockDecodedWhenItIsEnteredGetsOneEmptyForwardAsInTheOriginal(Reach reach) {
        PolicyRun run = new PolicyRun(new BlockCache(reach), 3, false);
        run.plan(firstBlock);
        assertThat(run.owesForward()).isTrue();

        RowPlan empty = run.plan(secondBlock);

        assertThat(empty.openLimit()).isZero();
        assertThat(empty.rows().get(0)).isEqualTo(2);
        assertThat(run.owesForward()).isFalse();
        assertThat(run.plan(secondBlock).rows().size()).isEqualTo(LENGTH);
    }

    @Test
    void theEmptyForwardIsSkippedWhereThePolicySaysSo() {
        PolicyRun run = new PolicyRun(new BlockCache(Reach.DUAL, EmptyForward.SKIPPED), 3, false);
        run.plan(firstBlock);

        assertThat(run.owesForward()).isFalse();
        assertThat(run.plan(secondBlock).rows().size()).isEqualTo(LENGTH);
        assertThat(run.plan(secondBlock).openLimit()).isPositive();
    }

    @Test
    void aForwardInsideTheBlockPaysTheDebt() {
        PolicyRun run = new PolicyRun(new BlockCache(Reach.DUAL), 3, false);
        run.plan(firstBlock);
        run.plan(firstBlock);

        assertThat(run.owesForward()).isFalse();
    }

    @Test
    void underShiftedLogitsEnteringABlockCommitsItsFirstPositionAlone() {
        PolicyRun run = new PolicyRun(new BlockCache(Reach.PREFIX), 3, true);

        assertThat(run.plan(firstBlock).openLimit()).isOne();
        assertThat(run.plan(firstBlock).openLimit()).isGreaterThan(LENGTH);
    }

    @Test
    void lostRowsAreComputedAgainWithoutEnteringTheBlockAgain() {
        PolicyRun run = new PolicyRun(new BlockCache(Reach.DUAL), 3, true);
        run.plan(firstBlock);

        RowPlan again = run.plan(new Scene(LENGTH, 2, 6).lost());

        assertThat(again.refreshFrom()).isZero();
        assertThat(again.openLimit()).isGreaterThan(LENGTH);
        assertThat(run.plan(firstBlock).rows().size()).isEqualTo(4);
    }

    @Test
    void aTruncatedCanvasHasNoRowsBehindItsEnd() {
        PolicyRun run = new PolicyRun(new BlockCache(Reach.DUAL), 3, false);
        run.plan(firstBlock);

        assertThat(run.plan(new Scene(4, 2, 4)).rows()).hasToString("[2, 3]");
    }

    @Test
    void printsAsItsSpec() {
        assertThat(new BlockCache(Reach.PREFIX)).hasToString("prefix");
        assertThat(new BlockCache(Reach.DUAL, EmptyForward.SKIPPED)).hasToString("dual(empty=skipped)");
    }
}
