package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.api.Test;

/** On canvases of ten positions, two of them prompt. */
final class SimilarityCacheTest {
    private static final int LENGTH = 10;
    private final PolicyRun run = new PolicyRun(new SimilarityCache(6, 3, 0.25), 2, false);

    @Test
    void promptAndResponseAreComputedNowAndThenAndAShareOtherwise() {
        int[] expected = {10, 2, 2, 8, 2, 2, 10, 2, 2, 8};
        for (int rows : expected) {
            assertThat(run.plan(scene()).rows().size()).isEqualTo(rows);
        }
    }

    @Test
    void theRowsThatChangedMostAreComputedAgain() {
        run.plan(scene());
        RowWatch watch = Objects.requireNonNull(run.plan(scene()).watch());
        watch.recomputed(7, 0.5f);
        watch.recomputed(4, 0.2f);
        watch.recomputed(1, 0.1f);

        assertThat(run.plan(scene()).rows()).hasToString("[4, 7]");
        assertThat(watch.layer()).isEqualTo(1);
    }

    @Test
    void wantedAndCommittedRowsAreComputedBesides() {
        run.plan(scene());
        Objects.requireNonNull(run.plan(scene()).watch()).recomputed(8, 0.5f);

        assertThat(run.plan(scene().wanted(1, 5).changed(3)).rows()).hasToString("[1, 2, 3, 5, 8]");
    }

    @Test
    void afterALossEveryRowIsComputedAndNothingMeasured() {
        run.plan(scene());
        Objects.requireNonNull(run.plan(scene()).watch()).recomputed(8, 0.5f);

        RowPlan plan = run.plan(scene().lost());

        assertThat(plan.refreshFrom()).isZero();
        assertThat(plan.watch()).isNull();
        run.plan(scene());
        assertThat(run.plan(scene()).rows()).hasToString("[2, 3]");
    }

    @Test
    void refusesWhatMakesNoSenseAndPrintsAsItsSpec() {
        assertThatThrownBy(() -> new SimilarityCache(0, 1, 0.5))
                .hasMessage("prompt is 0 and response 1; both count forwards and must be at least 1");
        assertThatThrownBy(() -> new SimilarityCache(1, 1, 1.5))
                .hasMessage("share is 1.5; it must be within [0, 1], e.g. 0.25");
        assertThat(new SimilarityCache(50, 7, 0.25)).hasToString("dllm-cache(prompt=50,response=7,share=0.25)");
    }

    private static Scene scene() {
        return new Scene(LENGTH, 2, LENGTH);
    }
}
