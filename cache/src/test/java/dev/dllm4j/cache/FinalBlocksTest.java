package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.FinalBlocks.Clean;
import dev.dllm4j.cache.FinalBlocks.First;
import dev.dllm4j.cache.FinalBlocks.Inside;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Canvases of blocks of four that are filled from the left, with the rows of each forward written as {@code from-to}. */
final class FinalBlocksTest {
    private static final BlockGrid FOURS = new BlockGrid(4, 0);

    /** SDAR's worked example: a prompt of 10 in a canvas of 28, one token a forward. */
    @ParameterizedTest
    @CsvSource({"APART, 24", "LMDEPLOY, 22", "MERGED, 18"})
    void aPromptThatEndsInsideABlockTakesTheForwardsOfItsOriginal(Clean clean, int forwards) {
        assertThat(new Run(policy(clean), 10, 28).filledByOne()).hasSize(forwards);
    }

    @Test
    void finishedRowsTravelWithTheNextBlocksFirstForward() {
        assertThat(new Run(policy(Clean.MERGED), 6, 13).filledByOne())
                .containsExactly("0-8", "4-8", "4-12", "8-12", "8-12", "8-12", "8-13");
    }

    @Test
    void finishedRowsApartAreComputedInForwardsThatDecodeNothing() {
        assertThat(new Run(policy(Clean.APART), 6, 13).filledByOne())
                .containsExactly(
                        "0-4 empty",
                        "4-8",
                        "4-8",
                        "4-8 empty",
                        "8-12",
                        "8-12",
                        "8-12",
                        "8-12",
                        "8-12 empty",
                        "12-13",
                        "12-13 empty");
        assertThat(new Run(policy(Clean.LMDEPLOY), 6, 10).filledByOne())
                .containsExactly("0-8", "4-8", "4-8 empty", "8-10", "8-10");
    }

    @Test
    void aPromptOfWholeBlocksIsComputedAloneWhereRowsDoNotTravel() {
        assertThat(new Run(policy(Clean.LMDEPLOY), 8, 10).filledByOne()).containsExactly("0-8 empty", "8-10", "8-10");
        assertThat(new Run(policy(Clean.MERGED), 8, 10).filledByOne()).containsExactly("0-10", "8-10");
    }

    @ParameterizedTest
    @EnumSource(Clean.class)
    void aPromptShorterThanABlockHasNoFinishedRows(Clean clean) {
        assertThat(new Run(policy(clean), 3, 5).filledByOne().get(0)).isEqualTo("0-4");
        assertThat(new Run(policy(clean), 0, 3).filledByOne().get(0)).isEqualTo("0-3");
    }

    @ParameterizedTest
    @EnumSource(Clean.class)
    void theBoundOnEmptyForwardsHolds(Clean clean) {
        FinalBlocks policy = policy(clean);
        for (int offset = 0; offset < 4; offset++) {
            for (int prompt = offset; prompt < 12; prompt++) {
                for (int length = prompt + 1; length < 25; length++) {
                    SequenceShape shape = shape(prompt, length, false, new BlockGrid(4, offset));
                    long empty = new Run(policy, shape)
                            .filledByOne().stream()
                                    .filter(rows -> rows.endsWith("empty"))
                                    .count();

                    assertThat(empty).isBetween(0L, (long) policy.emptyForwards(shape, 1, 0));
                }
            }
        }
    }

    /** Counted from the prompt's end, the prompt's first block is the short one. */
    @Test
    void theFirstBlockMayBeShort() {
        Run run = new Run(policy(Clean.APART), shape(6, 10, false, new BlockGrid(4, 2)));

        assertThat(run.filledByOne()).containsExactly("0-6 empty", "6-10", "6-10", "6-10", "6-10", "6-10 empty");
    }

    /** The row before a block belongs to a finished one; its keys and values stay what they are. */
    @Test
    void theRowBeforeABlockIsComputedAgainWithItsNeighbourWhereItPredictsTheFirstPosition() {
        assertThat(new Run(policy(Clean.APART), shape(6, 12, true, FOURS)).filledByOne())
                .containsExactly("0-4 empty", "4-8", "4-8", "4-8 empty", "6-12", "8-12", "8-12", "8-12", "8-12 empty");
        assertThat(new Run(policy(Clean.MERGED), shape(8, 12, true, FOURS)).filledByOne())
                .containsExactly("0-12", "8-12", "8-12", "8-12");
    }

    /** Fast-dLLM v2: the clean rows of a block yield the next one's first token. */
    @ParameterizedTest
    @CsvSource({"MERGED, 0-8", "APART, '0-4 empty,4-8'"})
    void theFirstPositionOfABlockCommitsAloneFromTheFinishedRows(Clean clean, String begin) {
        FinalBlocks policy = new FinalBlocks(clean, First.ALONE, Inside.WHOLE, PrefixReuse.ON);

        List<String> unaligned = new Run(policy, shape(6, 9, true, FOURS)).filledByOne();
        assertThat(unaligned.subList(0, unaligned.size() - 2)).containsExactly(begin.split(","));
        assertThat(unaligned.subList(unaligned.size() - 2, unaligned.size())).containsExactly("4-8", "4-8 one");
        assertThat(new Run(policy, shape(8, 12, true, FOURS)).filledByOne())
                .containsExactly("0-8 one", "8-12", "8-12", "8-12");
        assertThat(new Run(policy, shape(0, 2, true, FOURS)).filledByOne()).containsExactly("0-2", "0-2");
    }

    /** Where nothing of the finished rows is left to compute, the one that predicts is computed again. */
    @Test
    void aloneAndWithAllRowsKeptTheOneThatPredictsIsComputed() {
        Run run = new Run(
                new FinalBlocks(Clean.MERGED, First.ALONE, Inside.WHOLE, PrefixReuse.ON), shape(8, 12, true, FOURS));
        run.plan(0, 12);

        assertThat(run.plan(0, 12)).isEqualTo("6-8 one");
    }

    /** A window of two inside blocks of four: other rows of the block stay as its last whole forward left them. */
    @Test
    void insideABlockTheWindowsRowsMayBeComputedAlone() {
        Run run = new Run(
                new FinalBlocks(Clean.MERGED, First.TOGETHER, Inside.KEPT, PrefixReuse.ON), shape(5, 12, false, FOURS));

        assertThat(run.filledByOne(2)).containsExactly("0-8", "4-8", "6-8", "4-12", "8-10", "8-12", "10-12");
    }

    @Test
    void lostRowsAreComputedUpToTheOpenBlockAndInOneForward() {
        for (Clean clean : Clean.values()) {
            Run run = new Run(policy(clean), 6, 20);
            run.filled(9);

            run.lost();
            assertThat(run.plan(8, 12)).as(clean.name()).isEqualTo("0-12");
            assertThat(run.plan(8, 12)).as(clean.name()).isEqualTo("8-12");
        }
    }

    @Test
    void withoutAnyRoomEveryForwardDecodes() {
        Run run = new Run(policy(Clean.APART), 6, 12);
        run.plan(4, 8);
        for (int position = 6; position < 12; position++) {
            run.lost();
            assertThat(run.plan(position, FOURS.end(position))).isEqualTo(position < 8 ? "0-8" : "0-12");
            run.commit(position);
        }
    }

    @Test
    void aRevisionThatReopensAFinishedBlockComputesFromThereOn() {
        Run run = new Run(policy(Clean.MERGED), 4, 16);
        run.filled(13);
        assertThat(run.plan(4, 16)).isEqualTo("12-16");

        run.takeBack(9);

        assertThat(run.plan(4, 16)).isEqualTo("8-16");
        run.commit(9);
        assertThat(run.plan(4, 16)).isEqualTo("8-16");
        assertThat(run.plan(4, 16)).isEqualTo("12-16");
    }

    /** A commit taken back inside the open block changes nothing of what is final. */
    @Test
    void aRevisionInsideTheOpenBlockComputesTheBlock() {
        Run run = new Run(policy(Clean.MERGED), 4, 16);
        run.filled(11);
        run.plan(8, 12);
        run.takeBack(9);

        assertThat(run.plan(8, 12)).isEqualTo("8-12");
    }

    /** Its rows are final after its tokens are: only then do they travel with the next block's. */
    @Test
    void aFilledBlockWhoseTokensMayBeEditedIsOpen() {
        for (Clean clean : Clean.values()) {
            Run run = new Run(policy(clean), 6, 12);
            run.filled(8);
            run.held(6);

            assertThat(run.plan(4, 8, 6, 7)).isEqualTo("4-8");
            run.commit(6);
            assertThat(run.plan(4, 8, 6, 7)).isEqualTo("4-8");
            run.held(12);
            assertThat(run.plan(8, 12)).isEqualTo(clean == Clean.MERGED ? "4-12" : "4-8 empty");
        }
    }

    /** The first position of the held block is none to be predicted alone. */
    @Test
    void underFirstAloneAFilledBlockThatIsHeldIsComputedWhole() {
        Run run = new Run(
                new FinalBlocks(Clean.MERGED, First.ALONE, Inside.WHOLE, PrefixReuse.OFF), shape(8, 16, true, FOURS));
        run.filled(12);
        run.held(8);

        assertThat(run.plan(8, 12, 8, 9, 10, 11)).isEqualTo("6-12");
    }

    /** A window may hold several of the model's blocks. */
    @Test
    void rowsReachToTheEndOfTheLastWantedBlock() {
        Run run = new Run(policy(Clean.MERGED), 6, 19);

        assertThat(run.plan(6, 19)).isEqualTo("0-19");
        assertThat(run.plan(6, 10)).isEqualTo("4-12");
    }

    @Test
    void borrowedBlocksAreNotComputed() {
        for (Clean clean : Clean.values()) {
            Run run = new Run(policy(clean), 10, 12);
            run.borrowed(8);

            assertThat(run.plan(10, 12)).isEqualTo("8-12");
            assertThat(run.plan.borrowed()).isEqualTo(8);
        }
    }

    @Test
    void aCanvasThatGrowsKeepsItsFinishedBlocks() {
        Run run = new Run(policy(Clean.MERGED), 6, 10);
        assertThat(run.filledByOne()).containsExactly("0-8", "4-8", "4-10", "8-10");

        run.grow(14);

        assertThat(run.plan(10, 14)).isEqualTo("8-14");
    }

    @Test
    void aForwardThatWasNotMadeIsMadeFromTheStart() {
        Run run = new Run(policy(Clean.APART), 6, 12);
        assertThat(run.plan(6, 8)).isEqualTo("0-4 empty");
        assertThat(run.run.refresh().withdrawn()).isTrue();

        run.lost();

        assertThat(run.plan(6, 8)).isEqualTo("0-8");
    }

    /** The open block's rows were given up with the rest; borrowed ones are the prompt's. */
    @Test
    void afterAForwardThatWasNotMadeBorrowedRowsDoNotStandInForTheOpenBlocks() {
        Run run = new Run(
                new FinalBlocks(Clean.MERGED, First.TOGETHER, Inside.KEPT, PrefixReuse.ON), shape(5, 12, false, FOURS));
        run.borrowed(4);
        assertThat(run.plan(4, 6)).isEqualTo("4-8");
        assertThat(run.run.refresh().withdrawn()).isTrue();

        run.borrowed(4);

        assertThat(run.plan(4, 6)).isEqualTo("4-8");
    }

    /** A window may hold several of the model's blocks, and a text end with the first of them. */
    @Test
    void aCanvasThatEndsWithAFinalBlockHasThatBlocksRowsInItsLastForward() {
        Run run = new Run(policy(Clean.APART), 4, 12);
        run.filled(9);
        run.plan(4, 12);
        run.cut(8);

        assertThat(run.run.refresh().owesForward(true)).isTrue();
        assertThat(run.plan(8, 8)).isEqualTo("4-8 empty");
    }

    @Test
    void aStopRuleDoesNotSpareTheLastBlocksForward() {
        Run run = new Run(policy(Clean.APART), 4, 16);
        run.filled(6);
        run.plan(4, 8);
        run.cut(6);

        assertThat(run.run.refresh().owesForward(true)).isTrue();
        assertThat(run.plan(6, 6)).isEqualTo("4-6 empty");
        assertThat(run.run.refresh().owesForward(true)).isFalse();
    }

    /** Masks behind a frozen end are never decoded; blocks of them have no rows. */
    @Test
    void blocksOfMasksThatStayAreNotComputed() {
        Run run = new Run(policy(Clean.APART), 4, 40);
        run.filled(6);
        run.plan(4, 8);
        run.freeze(6);

        assertThat(run.plan(6, 6)).isEqualTo("4-8 empty");
    }

    @Test
    void aModelWithoutBlocksIsRefused() {
        assertThatThrownBy(() -> new FinalBlocks().start(shape(4, 8, false, null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cache is blocks and every row of the model sees every key, so that no block of it is ever"
                        + " final; use cache none, prefix, dual, elastic or dllm-cache");
        assertThatThrownBy(() -> new FinalBlocks(Clean.MERGED, First.ALONE, Inside.WHOLE, PrefixReuse.ON)
                        .requireFit(shape(4, 8, false, FOURS)))
                .hasMessage("cache is blocks(first=alone) and each row of the model predicts its own position, so that"
                        + " finished rows say nothing of the next block; use first=together");
    }

    @Test
    void printsAsItsSpec() {
        assertThat(new FinalBlocks()).hasToString("blocks");
        assertThat(new FinalBlocks(Clean.LMDEPLOY, First.ALONE, Inside.KEPT, PrefixReuse.OFF))
                .hasToString("blocks(clean=lmdeploy,first=alone,inside=kept,prefix-reuse=off)");
        assertThat(new FinalBlocks(Clean.APART, First.TOGETHER, Inside.WHOLE, PrefixReuse.OFF).reusingPrefixes())
                .hasToString("blocks(clean=apart)");
    }

    private static FinalBlocks policy(Clean clean) {
        return new FinalBlocks(clean, First.TOGETHER, Inside.WHOLE, PrefixReuse.ON);
    }

    private static SequenceShape shape(int prompt, int length, boolean shifted, @Nullable BlockGrid grid) {
        return new SequenceShape(2, shifted, prompt, length, grid);
    }

    /** A canvas and its forwards, as a driver makes them; every position of a window is wanted. */
    private static final class Run {
        private final SequenceShape shape;
        private final BlockGrid grid;
        private final BitSet masks = new BitSet();
        private final Positions changed = new Positions(4);
        private final RowPlan plan = new RowPlan(8);
        private final PolicyRun run;
        private int length;
        private int borrowed;
        private boolean lost = true;
        private int heldFrom = Integer.MAX_VALUE;

        Run(FinalBlocks policy, int prompt, int length) {
            this(policy, FinalBlocksTest.shape(prompt, length, false, FOURS));
        }

        Run(FinalBlocks policy, SequenceShape shape) {
            this.shape = shape;
            this.grid = Objects.requireNonNull(shape.grid());
            this.length = shape.length();
            this.run = new PolicyRun(policy, shape);
            masks.set(shape.promptLength(), length);
        }

        void lost() {
            lost = true;
        }

        void borrowed(int positions) {
            borrowed = positions;
            lost = false;
        }

        void held(int from) {
            heldFrom = from;
        }

        void commit(int position) {
            masks.clear(position);
            changed.add(position);
        }

        void takeBack(int position) {
            masks.set(position);
            changed.add(position);
        }

        void cut(int end) {
            masks.clear(end, length);
            length = end;
        }

        void freeze(int end) {
            masks.clear(end, length);
        }

        void grow(int longer) {
            masks.set(length, longer);
            length = longer;
            assertThat(run.refresh().grown()).isTrue();
        }

        /** Plans a forward in which the masks of a stretch are open; says which rows it computes. */
        String plan(int from, int to) {
            return plan(
                    from,
                    to,
                    masks.stream()
                            .filter(position -> position >= from && position < to)
                            .toArray());
        }

        /** Plans a forward that predicts these positions. */
        String plan(int from, int to, int... predicted) {
            Positions wanted = new Positions(8);
            IntStream.of(predicted)
                    .map(position -> shape.shifted() && position > 0 ? position - 1 : position)
                    .forEach(wanted::add);
            plan.clear();
            run.refresh()
                    .plan(
                            new Forward(
                                    length,
                                    shape.promptLength(),
                                    from,
                                    to,
                                    masks::get,
                                    Math.min(heldFrom, length),
                                    wanted,
                                    changed,
                                    borrowed,
                                    lost),
                            plan);
            changed.clear();
            borrowed = 0;
            lost = false;
            assertThat(plan.refreshFrom()).isGreaterThan(shape.layers());
            Positions rows = plan.rows();
            int first = rows.get(0);
            int end = rows.get(rows.size() - 1) + 1;
            assertThat(rows.size()).as("rows are adjacent: " + rows).isEqualTo(end - first);
            String open = plan.openLimit() == 0 ? " empty" : plan.openLimit() == 1 ? " one" : "";
            return first + "-" + end + open;
        }

        List<String> filledByOne() {
            return filledByOne(4);
        }

        /** Fills the canvas from the left, a token a forward, in windows of so many positions from its start. */
        List<String> filledByOne(int window) {
            List<String> forwards = new ArrayList<>();
            while (!masks.isEmpty() || run.refresh().owesForward(false)) {
                int mask = masks.isEmpty() ? length : masks.nextSetBit(0);
                int from = mask - (mask - grid.offset() % window + window) % window;
                forwards.add(plan(Math.max(from, 0), Math.min(from + window, length)));
                if (plan.openLimit() > 0) {
                    commit(mask);
                }
            }
            return forwards;
        }

        /** Fills the canvas up to a position. */
        void filled(int end) {
            while (masks.nextSetBit(0) < end) {
                int mask = masks.nextSetBit(0);
                plan(mask, FOURS.end(mask));
                if (plan.openLimit() > 0) {
                    commit(mask);
                }
            }
        }
    }
}
