package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NoCacheTest {
    @Test
    void computesEveryRowInEveryLayerOfEveryForward() {
        PolicyRun run = new PolicyRun(new NoCache(), 3, false);

        for (int forward = 0; forward < 3; forward++) {
            RowPlan plan = run.plan(new Scene(4, 0, 4));
            assertThat(plan.rows().stream()).containsExactly(0, 1, 2, 3);
            assertThat(plan.refreshFrom()).isZero();
        }
    }

    @Test
    void keepsNothingAndPrintsAsItsSpec() {
        assertThat(new NoCache().keeps()).isEqualTo(RefreshPolicy.Keeps.NOTHING);
        assertThat(new NoCache()).hasToString("none");
    }
}
