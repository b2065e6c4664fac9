package dev.dllm4j.decoder.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PredictionsTest {
    private final Demand demand = new Demand(4);
    private final Predictions predictions = new Predictions();

    @Test
    void aSlotBelongsToADemandedPosition() {
        demand(9, 4);

        assertThat(predictions.size()).isEqualTo(2);
        assertThat(predictions.position(1)).isEqualTo(4);
        assertThat(predictions.slotOf(9)).isZero();
        assertThatThrownBy(() -> predictions.slotOf(5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("position 5 was not demanded");
    }

    @Test
    void aSlotIsAbsentUntilItIsFilled() {
        demand(9, 4);
        predictions.fill(1, 30, 0.5f, 31, 0.25f, 1.5f, 7);

        assertThat(predictions.present(0)).isFalse();
        assertThat(predictions.present(1)).isTrue();
        assertThat(predictions.token(1)).isEqualTo(30);
        assertThat(predictions.confidence(1)).isEqualTo(0.5f);
        assertThat(predictions.secondToken(1)).isEqualTo(31);
        assertThat(predictions.secondProbability(1)).isEqualTo(0.25f);
        assertThat(predictions.entropy(1)).isEqualTo(1.5f);
        assertThat(predictions.logSumExp(1)).isEqualTo(7);
    }

    @Test
    void aProposalReplacesTokenAndConfidenceAlone() {
        demand(9);
        predictions.fill(0, 30, 0.5f, 31, 0.25f, 1.5f, 7);
        predictions.propose(0, 40, 0.1f);

        assertThat(predictions.token(0)).isEqualTo(40);
        assertThat(predictions.confidence(0)).isEqualTo(0.1f);
        assertThat(predictions.entropy(0)).isEqualTo(1.5f);
    }

    @Test
    void aNewForwardForgetsTheLast() {
        demand(9, 4);
        predictions.fill(0, 30, 0.5f, 31, 0.25f, 1.5f, 7);
        demand(4, 3);

        assertThat(predictions.slotOf(4)).isZero();
        assertThat(predictions.present(0)).isFalse();
        assertThatThrownBy(() -> predictions.slotOf(9)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void candidatesAreReadBySlot() {
        demand.candidates(2, new int[] {5, 6, 7, 8});
        demand(9, 4);
        predictions.fillCandidate(1, 1, 2.5f);
        predictions.fillCandidate(1, 0, 1.5f);

        assertThat(demand.candidate(0, 1)).isEqualTo(6);
        assertThat(demand.candidate(1, 1)).isEqualTo(8);
        assertThat(predictions.candidateLogit(1, 0)).isEqualTo(1.5f);
        assertThat(predictions.candidateLogit(1, 1)).isEqualTo(2.5f);
    }

    @Test
    void aRowGoesToAllWhoAskedForIt() {
        List<Float> first = new ArrayList<>();
        List<Float> second = new ArrayList<>();
        demand.fullRows((slot, row) -> first.add(slot + row.get(0)));
        demand.fullRows((slot, row) -> second.add(slot + row.get(1)));
        demand.row(1, FloatBuffer.wrap(new float[] {10, 20}));

        assertThat(first).containsExactly(11f);
        assertThat(second).containsExactly(21f);
    }

    @Test
    void aClearedDemandAsksForNothing() {
        demand.candidates(2, new int[] {5, 6});
        demand.fullRows((slot, row) -> {});
        demand.positions().add(3);
        demand.clear();

        assertThat(demand.positions().isEmpty()).isTrue();
        assertThat(demand.candidatesPerPosition()).isZero();
        assertThat(demand.wantsFullRows()).isFalse();
    }

    private void demand(int... positions) {
        demand.positions().clear();
        for (int position : positions) {
            demand.positions().add(position);
        }
        predictions.reset(demand, 12);
    }
}
