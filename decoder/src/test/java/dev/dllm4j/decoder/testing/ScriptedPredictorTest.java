package dev.dllm4j.decoder.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ScriptedPredictorTest {
    private final Canvas canvas = new Canvas(new int[] {1, 2}, 4, ScriptedPredictor.MASK);
    private final Demand demand = new Demand(4);
    private final Predictions predictions = new Predictions();

    @Test
    void saysWhatTheScriptTells() {
        ScriptedPredictor predictor =
                new ScriptedPredictor((forward, position) -> Prediction.of(forward + position, 0.75));
        demand.positions().add(3);
        demand.positions().add(5);

        predict(predictor, Positions.of(2, 3, 4, 5));
        predict(predictor, Positions.of(2, 3, 4, 5));

        assertThat(predictor.forwards()).isEqualTo(2);
        assertThat(predictions.token(0)).isEqualTo(4);
        assertThat(predictions.token(1)).isEqualTo(6);
        assertThat(predictions.confidence(1)).isEqualTo(0.75f);
    }

    @Test
    void rowsAndCandidatesAndStatisticsAreOfOneDistribution() {
        demand.positions().add(3);
        demand.candidates(1, new int[] {7});
        WholeRows rows = new WholeRows();
        demand.fullRows(rows);

        predict(new ScriptedPredictor((forward, position) -> Prediction.of(7, 0.5)), Positions.of(3));

        double sum = 0;
        double entropy = 0;
        for (int token = 0; token < ScriptedPredictor.VOCABULARY; token++) {
            double probability = Math.exp(rows.logit(0, token));
            sum += probability;
            entropy -= probability * Math.log(probability);
        }
        assertThat(sum).isCloseTo(Math.exp(predictions.logSumExp(0)), within(1e-6));
        assertThat(predictions.entropy(0)).isCloseTo((float) entropy, within(1e-6f));
        assertThat(predictions.candidateLogit(0, 0)).isEqualTo(rows.logit(0, 7));
        assertThat(Math.exp(rows.logit(0, 8))).isCloseTo(predictions.secondProbability(0), within(1e-6));
    }

    @Test
    void aPositionWhosePredictingRowIsNotComputedIsAbsent() {
        ScriptedPredictor dream = new ScriptedPredictor(Family.DREAM, (forward, position) -> Prediction.of(1, 0.5));
        demand.positions().add(3);
        demand.positions().add(4);

        predict(dream, Positions.of(3));

        assertThat(predictions.present(0)).isFalse();
        assertThat(predictions.present(1)).isTrue();
    }

    private void predict(ScriptedPredictor predictor, Positions rows) {
        predictor.predict(List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false)));
    }
}
