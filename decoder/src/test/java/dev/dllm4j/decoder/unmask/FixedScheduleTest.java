package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.testing.Cases;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FixedScheduleTest {
    /** Baseline property 1. */
    @Test
    void spreadsTheMasksOverTheStepsWithTheRemainderFirst() {
        assertThat(counts(new WholeCanvas(), 10, 4)).containsExactly(3, 3, 2, 2);
        assertThat(counts(new WholeCanvas(), 7, 3)).containsExactly(3, 2, 2);
        assertThat(counts(new WholeCanvas(), 32, 8)).containsExactly(4, 4, 4, 4, 4, 4, 4, 4);
    }

    @Test
    void agreesWithTheReferenceOnAnyLengthAndSteps() {
        Cases.check(500, seed -> {
            Random random = new Random(seed);
            int masks = 1 + random.nextInt(200);
            int steps = 1 + random.nextInt(masks);
            assertThat(counts(new WholeCanvas(), masks, steps)).isEqualTo(reference(masks, steps));
        });
    }

    /** Baseline property 1, (2, 4) = [1, 1, 0, 0]: the forwards that would commit nothing are not made. */
    @Test
    void fewerMasksThanStepsTakeOneForwardEach() {
        ScriptedRun run = run(new WholeCanvas(), 4, 4);
        run.canvas().truncate(ScriptedRun.START + 2);

        assertThat(run.counts()).containsExactly(1, 1);
    }

    @Test
    void everyBlockHasAScheduleOfItsOwn() {
        assertThat(counts(new Blocks(10), 20, 8)).containsExactly(3, 3, 2, 2, 3, 3, 2, 2);
    }

    @Test
    void aShortBlockTakesAsManyStepsAsAWholeOneOrOneAMask() {
        assertThat(counts(new Blocks(8), 12, 6)).containsExactly(2, 2, 2, 2, 1, 1, 1, 1);
        assertThat(counts(new Blocks(8), 20, 5)).containsExactly(4, 4, 4, 4, 2, 2);
        // The generation area starts at position 10.
        assertThat(counts(new Blocks(8, Blocks.From.START), 16, 8)).containsExactly(2, 2, 1, 1, 2, 2, 2, 2, 1, 1);
        assertThat(counts(new Blocks(32), 8, 4)).containsExactly(2, 2, 2, 2);
    }

    @Test
    void takesTheMostConfident() {
        ScriptedRun run = new ScriptedRun(
                new FixedSchedule(), new WholeCanvas(), 5, 2, ScriptedRun.each(0.2, 0.9, 0.1, 0.5, 0.9));

        assertThat(run.finish()).containsExactly(List.of(11, 14, 13), List.of(10, 12));
    }

    @Test
    void aNarrowWindowStretchesTheSchedule() {
        assertThat(counts(new Leftmost(2), 8, 2)).containsExactly(2, 2, 2, 2);
        assertThat(counts(new Leftmost(3), 8, 4)).containsExactly(2, 2, 2, 2);
    }

    @Test
    void laterStepsMakeUpForWhatAnEarlierOneCouldNotPredict() {
        ScriptedRun run = new ScriptedRun(
                new FixedSchedule(),
                new WholeCanvas(),
                12,
                4,
                (step, position) -> step == 0 && position > ScriptedRun.START ? ScriptedRun.ABSENT : 0.5f);

        assertThat(run.counts()).containsExactly(1, 4, 4, 3);
    }

    @Test
    void refusesStepsThatTheBlocksDoNotDivide() {
        assertThatThrownBy(() -> run(new Blocks(4), 16, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 10 for 4 blocks; they must divide evenly, e.g. steps 8");
        assertThatThrownBy(() -> run(new Blocks(4), 16, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("e.g. steps 4");
    }

    @Test
    void refusesMoreStepsThanPositions() {
        assertThatThrownBy(() -> run(new WholeCanvas(), 16, 17))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 17 for gen length 16; a step commits at least one token, so use steps 16 or"
                        + " fewer");
    }

    @Test
    void aPlanNeedsAPositionAndAStep() {
        assertThatThrownBy(() -> new Plan(0, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gen length is 0; it must be at least 1");
        assertThatThrownBy(() -> new Plan(1, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 0; it must be at least 1");
    }

    /** LLaDA's get_num_transfer_tokens. */
    private static List<Integer> reference(int masks, int steps) {
        List<Integer> counts = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            counts.add(masks / steps + (step < masks % steps ? 1 : 0));
        }
        return counts;
    }

    private static List<Integer> counts(Window window, int genLength, int steps) {
        return run(window, genLength, steps).counts();
    }

    private static ScriptedRun run(Window window, int genLength, int steps) {
        return new ScriptedRun(new FixedSchedule(), window, genLength, steps, ScriptedRun.always(0.5));
    }
}
