package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.testing.ChiSquare;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DreamScheduleTest {
    @Test
    void theTimeGridDecidesHowManyAreDue() {
        assertThat(counts(new WholeCanvas(), 8, 8)).containsExactly(0, 1, 1, 1, 1, 1, 1, 2);
        assertThat(counts(new WholeCanvas(), 10, 4)).containsExactly(2, 2, 2, 4);
        assertThat(counts(new WholeCanvas(), 7, 1)).containsExactly(7);
    }

    @Test
    void aLongScheduleStartsWithAnEmptyStepAndEndsWithTwoTokens() {
        List<Integer> counts = counts(new WholeCanvas(), 256, 256);

        assertThat(counts).hasSize(256).startsWith(0).endsWith(2);
        assertThat(counts.subList(1, 255)).containsOnly(1);
    }

    @Test
    void everyBlockHasAGridOfItsOwn() {
        assertThat(counts(new Blocks(8), 16, 16)).containsExactly(0, 1, 1, 1, 1, 1, 1, 2, 0, 1, 1, 1, 1, 1, 1, 2);
    }

    @Test
    void aNarrowWindowCommitsBehindTheGridsEndWhatItCouldNotBefore() {
        assertThat(counts(new Leftmost(2), 10, 2)).containsExactly(2, 2, 2, 2, 2);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.2, 1})
    void aTemperatureDrawsPositionsByTheirCertainty(double algTemp) {
        double[] confidences = {0.9, 0.6, 0.5, 0.1};
        double[] expected = new double[4];
        double sum = 0;
        for (double confidence : confidences) {
            sum += Math.exp(confidence / algTemp);
        }
        for (int i = 0; i < 4; i++) {
            expected[i] = Math.exp(confidences[i] / algTemp) / sum;
        }
        int[] drawn = new int[4];
        for (long seed = 0; seed < 4000; seed++) {
            ScriptedRun run = new ScriptedRun(
                    new DreamSchedule(Certainty.CONFIDENCE, algTemp),
                    new WholeCanvas(),
                    4,
                    3,
                    seed,
                    ScriptedRun.each(confidences));
            drawn[run.step().get(0) - ScriptedRun.START]++;
        }

        assertThat(ChiSquare.of(expected, drawn)).matches(ChiSquare::plausible, "is plausible");
    }

    /** Two of four at once: the second is drawn as from what the first has left. */
    @Test
    void severalPositionsAreDrawnWithoutReplacement() {
        double[] confidences = {0.9, 0.6, 0.5, 0.1};
        double[] weights = DoubleStream.of(confidences)
                .map(confidence -> Math.exp(confidence / 0.5))
                .toArray();
        double sum = DoubleStream.of(weights).sum();
        double[] expected = new double[16];
        for (int first = 0; first < 4; first++) {
            for (int second = 0; second < 4; second++) {
                expected[4 * first + second] =
                        first == second ? 0 : weights[first] / sum * weights[second] / (sum - weights[first]);
            }
        }
        int[] drawn = new int[16];
        for (long seed = 0; seed < 4000; seed++) {
            List<Integer> step = new ScriptedRun(
                            new DreamSchedule(Certainty.CONFIDENCE, 0.5, 0),
                            new WholeCanvas(),
                            4,
                            2,
                            seed,
                            ScriptedRun.each(confidences))
                    .step();
            assertThat(step).hasSize(2);
            drawn[4 * (step.get(0) - ScriptedRun.START) + step.get(1) - ScriptedRun.START]++;
        }

        assertThat(ChiSquare.of(expected, drawn)).matches(ChiSquare::plausible, "is plausible");
    }

    /** 10 masks in 4 steps: times 1, 0.775, 0.55, 0.325 make shares of 0.225, 0.29 and 0.41 of what is left. */
    @Test
    void whereTheGridEndsDecidesHowManyWaitForTheLastStep() {
        assertThat(counts(new DreamSchedule(Certainty.ENTROPY, 0, 0.1), 10, 4)).containsExactly(2, 2, 2, 4);
        assertThat(counts(new DreamSchedule(Certainty.ENTROPY, 0, 0.9), 10, 4)).containsExactly(0, 0, 0, 10);
        assertThat(counts(new DreamSchedule(Certainty.ENTROPY, 0, 0), 4, 2)).containsExactly(2, 2);
        assertThatThrownBy(() -> new DreamSchedule(Certainty.ENTROPY, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("eps is 1.0; it must be within [0, 1), e.g. 0.001");
    }

    @Test
    void moreStepsThanPositionsLeaveMoreOfThemEmpty() {
        List<Integer> counts = counts(new WholeCanvas(), 4, 8);

        assertThat(counts).hasSize(8).contains(0);
        assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(4);
        assertThatThrownBy(() -> counts(new WholeCanvas(), 4, 33))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 33 for gen length 4; almost all of them would commit nothing, so use steps 32 or"
                        + " fewer");
    }

    @Test
    void theBoundOnEmptyStepsIsKnownAtTheStart() {
        DreamSchedule schedule = new DreamSchedule(Certainty.ENTROPY, 0);

        assertThat(schedule.emptySteps(new Plan(16, 2, 16))).isEqualTo(14);
        assertThat(schedule.emptySteps(new Plan(16, 1, 1))).isZero();
        assertThat(Collections.frequency(counts(new Blocks(8), 16, 16), 0)).isEqualTo(2);
    }

    @Test
    void refusesATemperatureTooSmallToTellPositionsApart() {
        assertThatThrownBy(() -> new DreamSchedule(Certainty.ENTROPY, 1e-9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alg-temp is 1.0E-9; it must be within [0.001, 1000000], 0 for the surest");
    }

    private static List<Integer> counts(DreamSchedule schedule, int genLength, int steps) {
        return new ScriptedRun(schedule, new WholeCanvas(), genLength, steps, ScriptedRun.always(0.5)).counts();
    }

    private static List<Integer> counts(Window window, int genLength, int steps) {
        return new ScriptedRun(
                        new DreamSchedule(Certainty.ENTROPY, 0), window, genLength, steps, ScriptedRun.always(0.5))
                .counts();
    }
}
