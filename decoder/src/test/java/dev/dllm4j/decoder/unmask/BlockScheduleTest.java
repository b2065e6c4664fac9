package dev.dllm4j.decoder.unmask;

import static dev.dllm4j.decoder.unmask.BlockSchedule.Order.SEQUENTIAL;
import static dev.dllm4j.decoder.unmask.BlockSchedule.Order.STATIC;
import static dev.dllm4j.decoder.unmask.BlockSchedule.Remainder.IGNORED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The generation area starts at position 10. */
final class BlockScheduleTest {
    private static final Window FROM_START = new Blocks(4, Blocks.From.START);

    @Test
    void sequentialTakesTheLeftmostAndStaticTheMostConfident() {
        ScriptedRun.Confidences script = ScriptedRun.each(0.9, 0.4, 0.95, 0.6);

        assertThat(run(new BlockSchedule(SEQUENTIAL, 2), new Blocks(4), 4, script)
                        .finish())
                .containsExactly(List.of(10, 11), List.of(12, 13));
        assertThat(run(new BlockSchedule(STATIC, 2), new Blocks(4), 4, script).finish())
                .containsExactly(List.of(12, 10), List.of(13, 11));
    }

    @Test
    void theRemainderGoesToTheFirstStepsOfEveryBlock() {
        BlockSchedule strategy = new BlockSchedule(STATIC, 3);

        assertThat(counts(strategy, new Blocks(8), 16)).containsExactly(3, 3, 2, 3, 3, 2);
    }

    /** Blocks [8,12)…[24,28) of which the first begins with two given positions. */
    @Test
    void aShortFirstBlockIsDueWhatAWholeOneIs() {
        assertThat(counts(new BlockSchedule(STATIC, 4), FROM_START, 18))
                .containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(counts(new BlockSchedule(STATIC, 2), FROM_START, 18)).containsExactly(2, 2, 2, 2, 2, 2, 2, 2, 2);
        // The original overwrites both prompt tokens of the block.
        assertThat(counts(new BlockSchedule(STATIC, 1), FROM_START, 18)).containsExactly(2, 4, 4, 4, 4);
    }

    @Test
    void aShortLastBlockIsDueWhatAWholeOneIs() {
        assertThat(counts(new BlockSchedule(STATIC, 2), new Blocks(8), 11)).containsExactly(4, 4, 3);
        assertThat(counts(new BlockSchedule(STATIC, 2), new Blocks(8), 3)).containsExactly(3);
    }

    @Test
    void moreStepsThanPositionsCommitOneAtATime() {
        assertThat(counts(new BlockSchedule(SEQUENTIAL, 9), new Blocks(4), 8)).hasSize(8);
    }

    @Test
    void anIgnoredRemainderTakesFurtherSteps() {
        BlockSchedule strategy = new BlockSchedule(STATIC, 3, IGNORED);

        assertThat(counts(strategy, new Blocks(8), 16)).containsExactly(2, 2, 2, 2, 2, 2, 2, 2);
        assertThat(counts(new BlockSchedule(SEQUENTIAL, 9, IGNORED), new Blocks(4), 4))
                .containsExactly(1, 1, 1, 1);
    }

    @Test
    void givenTextInsideABlockIsPassedOver() {
        Draft draft = Draft.masks(1).thenText(5, 6).thenMasks(1);
        ScriptedRun run =
                new ScriptedRun(new BlockSchedule(SEQUENTIAL, 2), new Blocks(4), draft, 4, ScriptedRun.always(0.5));

        assertThat(run.finish()).containsExactly(List.of(10, 13));
        assertThat(run.canvas().tokens(11, 13)).containsExactly(5, 6);
    }

    @Test
    void aStepThatCouldCommitLessIsMadeUpForBehindTheLast() {
        ScriptedRun run = run(
                new BlockSchedule(STATIC, 2),
                new Blocks(4),
                4,
                (step, position) -> step == 0 && position > 10 ? ScriptedRun.ABSENT : 0.5f);

        assertThat(run.counts()).containsExactly(1, 2, 1);
    }

    private static List<Integer> counts(UnmaskingStrategy strategy, Window window, int genLength) {
        return run(strategy, window, genLength, ScriptedRun.always(0.5)).counts();
    }

    private static ScriptedRun run(
            UnmaskingStrategy strategy, Window window, int genLength, ScriptedRun.Confidences script) {
        return new ScriptedRun(strategy, window, genLength, 1, script);
    }
}
