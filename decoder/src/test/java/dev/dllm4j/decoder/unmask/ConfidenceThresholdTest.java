package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.testing.Cases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfidenceThresholdTest {
    private static final ConfidenceThreshold ALL_TIES = new ConfidenceThreshold(0.9, ConfidenceThreshold.Ties.ALL);

    /** Baseline property 3: a confidence equal to the threshold is enough. */
    @Test
    void commitsEveryPositionAtOrAboveTheThreshold() {
        assertThat(firstStep(0.9, 0.95, 0.9, 0.8999, 0.3).step()).containsExactly(10, 11);
        assertThat(firstStep(0.9, 0.3, 0.95, 0.8999, 0.9).step()).containsExactly(11, 13);
    }

    @Test
    void commitsTheMostConfidentWhereNoneReachesTheThreshold() {
        assertThat(firstStep(0.9, 0.4, 0.7, 0.65).step()).containsExactly(11);
        assertThat(firstStep(0.9, 0.1, 0.7, 0.7).step()).containsExactly(11);
    }

    /** Elastic-Cache's bar is the lower of threshold and highest confidence. */
    @Test
    void commitsAllTheMostConfidentWhereTiesAreToCommit() {
        assertThat(firstStep(ALL_TIES, 0.4, 0.7, 0.65).step()).containsExactly(11);
        assertThat(firstStep(ALL_TIES, 0.7, 0.7, 0.1).step()).containsExactly(10, 11);
        assertThat(firstStep(ALL_TIES, 0.95, 0.91, 0.5).step()).containsExactly(10, 11);
        assertThat(UnmaskingStrategy.parse("threshold(0.9,ties=all)"))
                .isEqualTo(ALL_TIES)
                .hasToString("threshold(0.9,ties=all)");
    }

    /** dInfer's bar is the lower of the threshold and what is 1e-5 below the highest confidence. */
    @Test
    void commitsAllThatAreNearlyTheMostConfidentWhereNearOnesTie() {
        ConfidenceThreshold near = new ConfidenceThreshold(0.9, ConfidenceThreshold.Ties.NEAR);
        assertThat(firstStep(near, 0.699995, 0.7, 0.69).step()).containsExactly(11, 10);
        assertThat(firstStep(near, 0.69998, 0.7, 0.1).step()).containsExactly(11);
        assertThat(firstStep(near, 0.900005, 0.899999, 0.5).step()).containsExactly(10, 11);
        assertThat(firstStep(near, 0.95, 0.91, 0.8999).step()).containsExactly(10, 11);
        assertThat(UnmaskingStrategy.parse("threshold(0.9,ties=near)"))
                .isEqualTo(near)
                .hasToString("threshold(0.9,ties=near)");
    }

    /** The rule of Fast-dLLM v2 and SGLang. */
    @Test
    void aConfidenceEqualToTheThresholdMayWait() {
        assertThat(firstStep(new ConfidenceThreshold(0.9, ConfidenceThreshold.Ties.FIRST, Equal.WAITS), 0.95, 0.9, 0.91)
                        .step())
                .containsExactly(10, 12);
        assertThat(firstStep(new ConfidenceThreshold(1, ConfidenceThreshold.Ties.FIRST, Equal.WAITS), 1, 1, 1)
                        .step())
                .containsExactly(10);
        assertThat(firstStep(new ConfidenceThreshold(0.9, ConfidenceThreshold.Ties.ALL, Equal.WAITS), 0.9, 0.9, 0.8)
                        .step())
                .containsExactly(10, 11);
    }

    @Test
    void severalCommitAlwaysWhereSoManyAreAskedFor() {
        ConfidenceThreshold two = new ConfidenceThreshold(0.9, ConfidenceThreshold.Ties.FIRST, Equal.WAITS, 2);

        assertThat(firstStep(two, 0.3, 0.8, 0.9, 0.1).step()).containsExactly(12, 11);
        assertThat(firstStep(two, 0.91, 0.92, 0.9, 0.95).step()).containsExactly(13, 11, 10);
        assertThat(firstStep(two, 0.2).step()).containsExactly(10);
        assertThatThrownBy(() -> new ConfidenceThreshold(0.9, ConfidenceThreshold.Ties.FIRST, Equal.WAITS, 0))
                .hasMessage("least is 0; it must be at least 1");
    }

    @Test
    void aThresholdOfZeroOrLessCommitsAll() {
        assertThat(firstStep(-1, 0.4, 0, 0.65).step()).containsExactly(12, 10, 11);
        assertThat(firstStep(0, 0.4, 0, 0.65).step()).containsExactly(12, 10, 11);
    }

    /** Baseline property 2. */
    @Test
    void aThresholdAboveOneDecodesLikeAScheduleOfOneTokenAStep() {
        Cases.check(20, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun.Confidences script = (step, position) -> (float) noise.uniform(step, position, 0);
            ScriptedRun never = new ScriptedRun(new ConfidenceThreshold(1.01), new Blocks(8), 24, 1, script);
            ScriptedRun schedule = new ScriptedRun(new FixedSchedule(), new Blocks(8), 24, 24, script);

            assertThat(never.finish()).hasSize(24).isEqualTo(schedule.finish());
        });
    }

    @Test
    void aLowerThresholdCommitsASuperset() {
        Cases.check(50, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun.Confidences script = (step, position) -> (float) noise.uniform(step, position, 0);
            ScriptedRun low = new ScriptedRun(new ConfidenceThreshold(0.4), new WholeCanvas(), 16, 1, script);
            ScriptedRun high = new ScriptedRun(new ConfidenceThreshold(0.6), new WholeCanvas(), 16, 1, script);

            assertThat(low.step()).containsAll(high.step());
        });
    }

    @Test
    void aStepMayFillABlockButNeverReachesBeyondIt() {
        ScriptedRun run = new ScriptedRun(new ConfidenceThreshold(0.9), new Blocks(4), 8, 8, ScriptedRun.always(0.99));

        assertThat(run.counts()).containsExactly(4, 4);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void refusesAThresholdThatIsNoFiniteNumber(double threshold) {
        assertThatThrownBy(() -> new ConfidenceThreshold(threshold))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold is " + threshold + "; it must be a finite number, e.g. 0.9");
        assertThatThrownBy(() -> new CarryOver(threshold)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ScriptedRun firstStep(double threshold, double... confidences) {
        return firstStep(new ConfidenceThreshold(threshold), confidences);
    }

    private static ScriptedRun firstStep(ConfidenceThreshold strategy, double... confidences) {
        return new ScriptedRun(strategy, new WholeCanvas(), confidences.length, 1, ScriptedRun.each(confidences));
    }
}
