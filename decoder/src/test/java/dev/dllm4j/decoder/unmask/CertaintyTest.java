package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CertaintyTest {
    /** The most confident position has a close runner-up, the one with the largest margin a long tail. */
    @ParameterizedTest
    @CsvSource({"CONFIDENCE, 0", "MARGIN, 1", "ENTROPY, 2"})
    void eachPrefersAnotherPosition(Certainty by, int preferred) {
        Demand demand = new Demand(3);
        demand.positions().addRange(0, 3);
        Predictions predictions = new Predictions();
        predictions.reset(demand, 3);
        predictions.fill(0, 5, 0.52f, 6, 0.47f, 0.9f, 0);
        predictions.fill(1, 5, 0.5f, 6, 0.01f, 3.5f, 0);
        predictions.fill(2, 5, 0.51f, 6, 0.48f, 0.7f, 0);
        StepView view = new StepView(
                new Canvas(new int[0], 3, 9), new Part(0, 0, 3), Positions.of(0, 1, 2), predictions, 0, new Noise(0));

        for (UnmaskingStrategy strategy : List.of(new FixedSchedule(by), new DreamSchedule(by, 0))) {
            Positions chosen = new Positions(1);
            UnmaskingStrategy.Selector selector = strategy.start(new Plan(3, 1, 2));
            selector.select(view, chosen);
            assertThat(chosen.get(0)).isEqualTo(preferred);
            assertThat(strategy.readsMargins()).isEqualTo(by == Certainty.MARGIN);
        }
    }
}
