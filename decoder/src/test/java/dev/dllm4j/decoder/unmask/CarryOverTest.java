package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The counts are those of runs of the original sampler; a script decides how many positions are sure at a step. */
final class CarryOverTest {
    private static final float SURE = 0.95f;
    private static final float UNSURE = 0.5f;

    @Test
    void sureEnoughPositionsKeepToTheSchedule() {
        assertThat(counts(8, 32)).containsExactly(4, 4, 4, 4, 4, 4, 4, 4);
    }

    @Test
    void whatIsLeftOverRaisesTheNextStepsNumber() {
        // At the fourth step 20 are sure, yet only 4 planned and 4 left over are considered.
        assertThat(counts(8, 2, 2, 4, 20, 2, 2, 1, 1, 0))
                .containsExactly(2, 2, 4, 8, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(counts(8, 2, 1, 2, 3, 1, 1, 1, 1, 1, 1, 2, 5, 0))
                .containsExactly(2, 1, 2, 3, 1, 1, 1, 1, 1, 1, 2, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    }

    @Test
    void behindTheSchedulesEndOnlyWhatIsLeftOverIsConsidered() {
        assertThat(counts(8, 4, 4, 4, 4, 4, 2, 2, 1, 1, 1, 1, 2, 1, 1))
                .containsExactly(4, 4, 4, 4, 4, 2, 2, 1, 1, 1, 1, 2, 1, 1);
        assertThat(counts(8, 4, 4, 4, 4, 4, 4, 4, 3, 1)).containsExactly(4, 4, 4, 4, 4, 4, 4, 3, 1);
    }

    @Test
    void oneTokenAStepIsNeverExceeded() {
        assertThat(counts(32, 32)).hasSize(32).containsOnly(1);
        assertThat(counts(32, 0)).hasSize(32).containsOnly(1);
    }

    @Test
    void aConfidenceEqualToTheThresholdIsEnough() {
        ScriptedRun run =
                new ScriptedRun(new CarryOver(0.9), new WholeCanvas(), 4, 1, ScriptedRun.each(0.95, 0.9, 0.8999, 0.3));

        assertThat(run.step()).containsExactly(10, 11);
    }

    @Test
    void theRemainderOfAnUnevenScheduleFollowsBehindItsEnd() {
        assertThat(run(new WholeCanvas(), 10, 4, 10).counts()).containsExactly(2, 2, 2, 2, 1, 1);
    }

    @Test
    void everyBlockStartsWithNothingLeftOver() {
        // The first block leaves positions over at every step; the second would consider them with its own.
        ScriptedRun run =
                new ScriptedRun(new CarryOver(0.9), new Blocks(4), 8, 4, (step, position) -> step < 3 ? UNSURE : SURE);

        assertThat(run.counts()).containsExactly(1, 1, 1, 1, 2, 2);
    }

    @Test
    void aNarrowWindowBoundsWhatIsConsidered() {
        assertThat(run(new Leftmost(2), 8, 2, 8).counts()).containsExactly(2, 2, 1, 1, 1, 1);
    }

    @Test
    void refusesStepsThatTheBlocksDoNotDivide() {
        assertThatThrownBy(() -> run(new Blocks(4), 8, 3, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("steps is 3 for 2 blocks");
    }

    /** Counts over 32 positions; the last number of sure positions stands for all further steps. */
    private static List<Integer> counts(int steps, int... sure) {
        return run(new WholeCanvas(), 32, steps, sure).counts();
    }

    private static ScriptedRun run(Window window, int genLength, int steps, int... sure) {
        ScriptedRun[] run = new ScriptedRun[1];
        run[0] = new ScriptedRun(new CarryOver(0.9), window, genLength, steps, (step, position) -> {
            int leftOfIt = run[0].canvas().masks(ScriptedRun.START, position);
            return leftOfIt < sure[Math.min(step, sure.length - 1)] ? SURE : UNSURE;
        });
        return run[0];
    }
}
