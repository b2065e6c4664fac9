package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoutedRowsTest {
    @Test
    void aRowGoesToItsMostProbableExpertsInTheirOrder() {
        double[] probabilities = {
            0.1, 0.2, 0.4, 0.3,
            0.5, 0.1, 0.1, 0.3,
            0.2, 0.1, 0.3, 0.4
        };
        RoutedRows routed = RoutedRows.of(probabilities, 4, 2);
        assertThat(routed.experts()).containsExactly(2, 3, 0, 3, 3, 2);
        assertThat(routed.counts()).containsExactly(1, 0, 2, 3);
        assertThat(routed.rows()).containsExactly(1, 0, 2, 0, 1, 2);
        assertThat(routed.places()).containsExactly(1, 3, 0, 4, 5, 2);
    }

    @Test
    void ofEquallyProbableExpertsTheOnesWithTheLowerIdsAreChosen() {
        assertThat(RoutedRows.of(new double[] {0.25, 0.25, 0.25, 0.25}, 4, 2).experts())
                .containsExactly(0, 1);
        assertThat(RoutedRows.of(new double[] {0.1, 0.3, 0.3, 0.3}, 4, 2).experts())
                .containsExactly(1, 2);
    }

    @Test
    void aRowMayGoToAllExperts() {
        RoutedRows routed = RoutedRows.of(new double[] {0.2, 0.5, 0.3}, 3, 3);
        assertThat(routed.experts()).containsExactly(1, 2, 0);
        assertThat(routed.counts()).containsExactly(1, 1, 1);
        assertThat(routed.places()).containsExactly(1, 2, 0);
    }
}
