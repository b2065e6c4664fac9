package dev.dllm4j.decoder.unmask;

import static dev.dllm4j.decoder.unmask.DynamicSchedule.Fallback.BEST;
import static dev.dllm4j.decoder.unmask.DynamicSchedule.Fallback.LEFTMOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.testing.Cases;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DynamicScheduleTest {
    private static final double[] CONFIDENCES = {0.90, 0.40, 0.95, 0.60};

    @Test
    void everyPositionAboveTheThresholdCommitsIfThoseAreEnough() {
        assertThat(firstStep(new DynamicSchedule(0.85, 4, BEST))).containsExactlyInAnyOrder(10, 12);
        assertThat(firstStep(new DynamicSchedule(0.85, 4, LEFTMOST))).containsExactlyInAnyOrder(10, 12);
        assertThat(firstStep(UnmaskingStrategy.parse("threshold(0.85)"))).containsExactlyInAnyOrder(10, 12);
        assertThat(firstStep(UnmaskingStrategy.parse("threshold(0.85,equal=waits)")))
                .containsExactlyInAnyOrder(10, 12);
    }

    @Test
    void theMostConfidentCommitWhereNoneIsAbove() {
        assertThat(firstStep(new DynamicSchedule(0.97, 4, BEST))).containsExactly(12);
        assertThat(firstStep(new DynamicSchedule(0.97, 4, LEFTMOST))).containsExactly(10);
        assertThat(firstStep(UnmaskingStrategy.parse("threshold(0.97)"))).containsExactly(12);
        assertThat(firstStep(UnmaskingStrategy.parse("threshold(0.97,equal=waits)")))
                .containsExactly(12);
    }

    @Test
    void tooFewAboveTheThresholdDoNotCountInTheFallback() {
        assertThat(firstStep(new DynamicSchedule(0.92, 2, BEST))).containsExactlyInAnyOrder(10, 12);
        assertThat(firstStep(new DynamicSchedule(0.92, 2, LEFTMOST))).containsExactly(10, 11);
        assertThat(firstStep(UnmaskingStrategy.parse("threshold(0.92)"))).containsExactly(12);
    }

    @Test
    void aConfidenceEqualToTheThresholdIsNotAbove() {
        assertThat(firstStep(new DynamicSchedule(0.9, 4))).containsExactly(12);
    }

    /** JetEngine looks at the two positions from the first mask on, and one of them is filled. */
    @Test
    void theLeftmostFallbackCountsFilledPositions() {
        ScriptedRun run = new ScriptedRun(
                new DynamicSchedule(0.7, 4, LEFTMOST),
                new Blocks(8),
                8,
                1,
                ScriptedRun.each(0.6, 0.91, 0.88, 0.3, 0.71, 0.3, 0.6, 0.2));

        assertThat(run.finish())
                .containsExactly(List.of(11, 12, 14), List.of(10), List.of(13), List.of(15, 16), List.of(17));
    }

    @Test
    void theLeftmostFallbackTakesAllOfABlockThatIsLongerThanAnyCanvas() {
        ScriptedRun run = new ScriptedRun(
                new DynamicSchedule(0.7, 1, LEFTMOST), new Blocks(Integer.MAX_VALUE), 4, 4, ScriptedRun.always(0.5));

        assertThat(run.counts()).containsExactly(4);
    }

    @Test
    void theShareIsThatOfTheStepWithinABlock() {
        ScriptedRun run = new ScriptedRun(new DynamicSchedule(1.01, 3), new Blocks(8), 16, 1, ScriptedRun.always(0.5));

        assertThat(run.counts()).containsExactly(3, 3, 2, 3, 3, 2);
    }

    /** The prompt's last two tokens lie in the first block. */
    @Test
    void aBlockSharedWithThePromptIsDueTheShareOfAWholeOne() {
        ScriptedRun run = new ScriptedRun(
                new DynamicSchedule(1.01, 2), new Blocks(4, Blocks.From.START), 6, 1, ScriptedRun.always(0.5));

        assertThat(run.finish()).containsExactly(List.of(10, 11), List.of(12, 13), List.of(14, 15));
    }

    @Test
    void noMoreThanTheMasksThatAreLeftCommit() {
        ScriptedRun run = new ScriptedRun(
                new DynamicSchedule(0.9, 1), new Blocks(8, Blocks.From.START), 6, 1, ScriptedRun.always(0.5));

        assertThat(run.finish()).containsExactly(List.of(10, 11, 12, 13, 14, 15));
    }

    @Test
    void withAsManyStepsAsPositionsItIsAThresholdThatWaits() {
        Cases.check(100, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun.Confidences script = (step, position) -> (float) noise.uniform(step, position, 0);

            assertThat(new ScriptedRun(new DynamicSchedule(0.8, 8), new Blocks(8, Blocks.From.START), 20, 1, script)
                            .finish())
                    .isEqualTo(new ScriptedRun(
                                    UnmaskingStrategy.parse("threshold(0.8,equal=waits)"),
                                    new Blocks(8, Blocks.From.START),
                                    20,
                                    1,
                                    script)
                            .finish());
        });
    }

    /** LLaDA2.0: 32 steps, of which 8 go into a gen length of 32 only 4 times. */
    @Test
    void aMinimalTopKLeavesABlockFewerSteps() {
        assertThat(counts("dynamic(1.01,steps=32,minimal-topk=8)")).isEqualTo(counts("dynamic(1.01,steps=4)"));
        assertThat(counts("dynamic(1.01,steps=32,minimal-topk=8)"))
                .containsOnly(2)
                .hasSize(16);
        assertThat(counts("dynamic(1.01,steps=3,minimal-topk=8)")).isEqualTo(counts("dynamic(1.01,steps=3)"));
        assertThat(counts("dynamic(1.01,steps=32,minimal-topk=12)")).isEqualTo(counts("dynamic(1.01,steps=2)"));
    }

    @Test
    void aMinimalTopKMustLeaveAStep() {
        UnmaskingStrategy strategy = UnmaskingStrategy.parse("dynamic(0.95,steps=32,minimal-topk=33)");

        assertThatThrownBy(() -> strategy.start(new Plan(32, 4, 32)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("minimal-topk is 33 and gen length 32, which leaves no step; use minimal-topk 32 or less");
    }

    @Test
    void aMinimalTopKIsPartOfItsSpec() {
        for (String spec : List.of(
                "dynamic(0.95,steps=32,minimal-topk=8)",
                "dynamic(0.9,steps=4,minimal-topk=2,fallback=leftmost)",
                "dynamic(0.85,steps=4)")) {
            assertThat(UnmaskingStrategy.parse(spec)).hasToString(spec);
        }
    }

    @Test
    void whatIsAboveTheThresholdIsAcceptedAndWhatFallsBackIsNot() {
        UnmaskingStrategy.Selector best = selector(new DynamicSchedule(0.92, 2, BEST));
        assertThat(best.accepted(12)).isTrue();
        assertThat(best.accepted(10)).isFalse();
    }

    @Test
    void refusesWhatItCannotPlanWith() {
        assertThatThrownBy(() -> new DynamicSchedule(Double.NaN, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold is NaN; it must be a finite number, e.g. 0.85");
        assertThatThrownBy(() -> new DynamicSchedule(0.85, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 0; a block takes at least one, e.g. 4");
        assertThatThrownBy(() -> UnmaskingStrategy.parse("dynamic(0.85,minimal-topk=-1)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("minimal-topk is -1; it must be at least 1, or 0 to leave the steps as they are");
    }

    /** On a gen length of 32 in blocks of 8. */
    private static List<Integer> counts(String strategy) {
        return new ScriptedRun(UnmaskingStrategy.parse(strategy), new Blocks(8), 32, 1, ScriptedRun.always(0.5))
                .counts();
    }

    private static UnmaskingStrategy.Selector selector(UnmaskingStrategy strategy) {
        ScriptedRun run = run(strategy);
        run.step();
        return run.selector();
    }

    private static List<Integer> firstStep(UnmaskingStrategy strategy) {
        return run(strategy).step();
    }

    private static ScriptedRun run(UnmaskingStrategy strategy) {
        return new ScriptedRun(strategy, new Blocks(4), 4, 4, ScriptedRun.each(CONFIDENCES));
    }
}
