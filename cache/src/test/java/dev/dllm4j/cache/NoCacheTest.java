package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NoCacheTest {
    @Test
    void computesEveryRowOfEveryForward() {
        RefreshPolicy.Refresh refresh = new NoCache().start();

        for (int forward = 0; forward < 3; forward++) {
            Positions rows = new Positions(4);
            refresh.plan(4, rows);
            assertThat(rows.stream()).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void printsAsItsSpec() {
        assertThat(new NoCache()).hasToString("none");
    }
}
