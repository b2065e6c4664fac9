package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.Tracking.Along;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Elastic-Cache's rules on canvases of eight positions, two of them prompt. Layers are told what they attend to. */
final class ElasticCacheTest {
    private static final int LENGTH = 8;
    private static final ElasticCache ELASTIC = new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.ON);

    @Test
    void theFirstForwardComputesEveryRowAndComparesNone() {
        PolicyRun run = new PolicyRun(ELASTIC, 2, false);

        RowPlan plan = run.plan(masks(2, 3, 4, 5, 6, 7).wanted(2, 3));

        assertThat(plan.refreshFrom()).isZero();
        assertThat(tracking(plan).compared().isEmpty()).isTrue();
        assertThat(tracking(plan).summed()).hasToString("[2, 3]");
    }

    @Test
    void laterForwardsComputeTrackedThenCommittedThenWindowRows() {
        PolicyRun run = new PolicyRun(ELASTIC, 2, false);
        Tracking first = tracking(run.plan(masks(2, 3, 4, 5, 6, 7).wanted(2, 3)));
        first.attended(0, attention(0.1f, 0.9f, 5, 5, 5, 5, 5, 5));
        first.attended(1, attention(0.8f, 0.2f, 5, 5, 5, 5, 5, 5));

        RowPlan plan = run.plan(masks(2, 4, 5, 6, 7).wanted(2, 4).changed(3));

        assertThat(plan.rows()).hasToString("[0, 1, 3, 2, 4]");
        assertThat(plan.refreshFrom()).isGreaterThanOrEqualTo(2);
        assertThat(tracking(plan).compared()).hasToString("[0, 1]");
    }

    @Test
    void aMaskIsNotTrackedHoweverMuchItIsAttendedTo() {
        PolicyRun run = new PolicyRun(new ElasticCache(0.9, 3, Along.HEADS, BlockCaching.ON), 1, false);
        tracking(run.plan(masks(2, 3, 4, 5, 6, 7).wanted(2))).attended(0, attention(0, 0, 5, 4, 3, 2, 1, 1));

        assertThat(tracking(run.plan(masks(3, 4).wanted(3))).compared()).hasToString("[0, 1]");
    }

    /** Property 10: masks that the end of the text has frozen count as decoded. */
    @Test
    void aMaskThatIsNeverDecodedMayBeTracked() {
        PolicyRun run = new PolicyRun(ELASTIC, 1, false);
        tracking(run.plan(masks(2, 3).wanted(2))).attended(0, attention(0, 0, 9, 9, 0, 0, 5, 0));

        assertThat(tracking(run.plan(masks(2, 3).wanted(2))).compared()).hasToString("[6]");
    }

    @Test
    void everyLayerTracksAsManyTokensAsItIsToldTo() {
        PolicyRun run = new PolicyRun(new ElasticCache(0.9, 2, Along.HEADS, BlockCaching.ON), 2, false);
        Tracking first = tracking(run.plan(masks(5, 6, 7).wanted(5)));
        first.attended(0, attention(1, 2, 3, 4, 0, 9, 9, 9));
        first.attended(1, attention(4, 2, 1, 3, 0, 9, 9, 9));

        assertThat(tracking(run.plan(masks(5, 6, 7).wanted(5))).compared()).hasToString("[0, 2, 3]");
    }

    /** Of sixteen borrowed positions every second is compared, of 24 every third; the rows behind are computed. */
    @Test
    void onABorrowedPrefixSomeOfItsTokensAreComparedAndTheRestIsComputed() {
        PolicyRun run = new PolicyRun(ELASTIC.reusingPrefixes(), 2, false);
        RowPlan plan =
                run.plan(new Scene(20, 18, 20).masked(18, 19).wanted(18, 19).borrowed(16));

        assertThat(plan.rows()).hasToString("[1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19]");
        assertThat(plan.borrowed()).isEqualTo(16);
        assertThat(plan.refreshFrom()).isGreaterThan(2);
        assertThat(tracking(plan).compared()).hasToString("[1, 3, 5, 7, 9, 11, 13, 15]");
        assertThat(tracking(plan).summed()).hasToString("[18, 19]");
        tracking(plan)
                .attended(
                        0, FloatBuffer.wrap(new float[] {0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
        RowPlan second = run.plan(new Scene(20, 18, 20).masked(18).wanted(18).changed(19));
        assertThat(second.rows()).hasToString("[1, 19, 18]");
        assertThat(second.borrowed()).isZero();

        RowPlan other = new PolicyRun(ELASTIC.reusingPrefixes(), 2, false)
                .plan(new Scene(26, 24, 26).masked(24, 25).wanted(24, 25).borrowed(24));
        assertThat(tracking(other).compared()).hasToString("[2, 5, 8, 11, 14, 17, 20, 23]");
    }

    @Test
    void prefixReuseIsSaidWhereItIsOn() {
        assertThat(ELASTIC.reusesPrefixes()).isFalse();
        assertThat(ELASTIC.reusingPrefixes().reusesPrefixes()).isTrue();
        assertThat(ELASTIC.reusingPrefixes())
                .hasToString("elastic(gamma=0.9,track=1,along=heads,block-caching=on,prefix-reuse=on)");
        assertThat(new NoCache().reusesPrefixes()).isFalse();
    }

    @Test
    void aRowThatIsTrackedAndWantedIsComputedOnce() {
        PolicyRun run = new PolicyRun(ELASTIC, 1, true);
        tracking(run.plan(masks(2, 3, 4).wanted(1, 2))).attended(0, attention(0, 9, 0, 0, 0, 0, 0, 0));

        RowPlan plan = run.plan(masks(2, 4).wanted(1, 3).changed(3));

        assertThat(plan.rows()).hasToString("[1, 3]");
        assertThat(tracking(plan).summed()).hasToString("[1, 3]");
    }

    @Test
    void withoutBlockCachingEveryMaskIsComputed() {
        PolicyRun run = new PolicyRun(new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.OFF), 1, false);
        tracking(run.plan(masks(4, 5, 6).wanted(4))).attended(0, attention(9, 0, 0, 0, 0, 0, 0, 0));

        assertThat(run.plan(masks(4, 5, 6).wanted(4)).rows()).hasToString("[0, 4, 5, 6]");
    }

    @Test
    void underShiftedLogitsARowBeforeEachMaskIsComputedInstead() {
        PolicyRun run = new PolicyRun(new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.OFF), 1, true);
        tracking(run.plan(masks(4, 5, 6).wanted(3))).attended(0, attention(9, 0, 0, 0, 0, 0, 0, 0));

        assertThat(run.plan(masks(4, 5, 6).wanted(3)).rows()).hasToString("[0, 3, 4, 5]");
    }

    @Test
    void aSimilarityBelowGammaIsStaleAndOneAtGammaIsNot() {
        Tracking tracking = tracking(new PolicyRun(new ElasticCache(0.5, 1, Along.KEYS, BlockCaching.ON), 1, false)
                .plan(masks(2).wanted(2)));

        assertThat(tracking.stale(0, 0.49f)).isTrue();
        assertThat(tracking.stale(0, 0.5f)).isFalse();
        assertThat(tracking.along()).isEqualTo(Along.KEYS);
    }

    @Test
    void lostRowsAreAllComputedAgain() {
        PolicyRun run = new PolicyRun(ELASTIC, 1, false);
        tracking(run.plan(masks(2, 3).wanted(2))).attended(0, attention(9, 0, 0, 0, 0, 0, 0, 0));

        RowPlan plan = run.plan(masks(2, 3).wanted(2).lost());

        assertThat(plan.refreshFrom()).isZero();
        assertThat(tracking(plan).compared().isEmpty()).isTrue();
    }

    @Test
    void whatLiesBehindATruncatedCanvasIsForgotten() {
        PolicyRun run = new PolicyRun(ELASTIC, 1, false);
        tracking(run.plan(masks(2, 3).wanted(2))).attended(0, attention(0, 0, 0, 0, 0, 0, 9, 0));

        assertThat(run.plan(new Scene(5, 2, 5).masked(3).wanted(3).changed(2, 7))
                        .rows())
                .hasToString("[2, 3]");
    }

    @Test
    void refusesWhatMakesNoSenseAndPrintsAsItsSpec() {
        assertThatThrownBy(() -> new ElasticCache(Double.NaN, 1, Along.HEADS, BlockCaching.ON))
                .hasMessage("gamma is NaN; it must be a finite number, e.g. 0.9");
        assertThatThrownBy(() -> new ElasticCache(0.9, 0, Along.HEADS, BlockCaching.ON))
                .hasMessage("track is 0; at least 1 token is tracked in each layer");
        assertThat(ELASTIC).hasToString("elastic(gamma=0.9,track=1,along=heads,block-caching=on)");
    }

    private static Scene masks(int... positions) {
        return new Scene(LENGTH, 2, LENGTH).masked(positions);
    }

    private static Tracking tracking(RowPlan plan) {
        return Objects.requireNonNull(plan.tracking());
    }

    private static FloatBuffer attention(float... columns) {
        return FloatBuffer.wrap(columns);
    }
}
