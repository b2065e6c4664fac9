package dev.dllm4j.decoder.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WindowTest {
    private static final int MASK = 99;

    private final Canvas canvas = new Canvas(new int[] {7, 7, 7}, 10, MASK);

    @Test
    void blocksOpenOneAfterTheOther() {
        Window blocks = new Blocks(5);

        assertThat(blocks.parts(10)).isEqualTo(2);
        assertThat(blocks.part(canvas)).isEqualTo(new Part(0, 3, 8));
        commit(4, 5, 6, 7);
        assertThat(open(blocks)).containsExactly(3);

        commit(3);
        assertThat(blocks.part(canvas)).isEqualTo(new Part(1, 8, 13));
        assertThat(open(blocks)).containsExactly(8, 9, 10, 11, 12);
    }

    @Test
    void theLastBlockEndsWhereTheCanvasDoes() {
        commit(3, 4, 5, 6, 7);
        canvas.truncate(11);

        assertThat(new Blocks(5).part(canvas)).isEqualTo(new Part(1, 8, 11));
        assertThat(open(new Blocks(5))).containsExactly(8, 9, 10);
    }

    @Test
    void theLastBlockMayBeShort() {
        Window blocks = new Blocks(4);
        assertThat(blocks.parts(10)).isEqualTo(3);
        assertThat(blocks.partLength(10)).isEqualTo(4);
        commit(3, 4, 5, 6, 7, 8, 9, 10);

        assertThat(blocks.part(canvas)).isEqualTo(new Part(2, 11, 13));
        assertThat(open(blocks)).containsExactly(11, 12);

        commit(11, 12);
        assertThat(blocks.part(canvas)).isEqualTo(new Part(2, 11, 13));
    }

    @Test
    void aGenLengthMayBeShorterThanABlock() {
        assertThat(new Blocks(32).parts(10)).isEqualTo(1);
        assertThat(new Blocks(32).part(canvas)).isEqualTo(new Part(0, 3, 13));
    }

    @Test
    void blocksFromTheStartHaveTheirBordersAtMultiplesOfTheirLength() {
        Window blocks = new Blocks(4, Blocks.From.START);
        assertThat(blocks.part(canvas)).isEqualTo(new Part(0, 3, 4));
        assertThat(open(blocks)).containsExactly(3);

        commit(3);
        assertThat(blocks.part(canvas)).isEqualTo(new Part(1, 4, 8));
        commit(5, 7, 9, 12);
        assertThat(open(blocks)).containsExactly(4, 6);

        commit(4, 6, 8, 10, 11);
        assertThat(blocks.part(canvas)).isEqualTo(new Part(3, 12, 13));
    }

    @Test
    void aPromptOfWholeBlocksSharesNoneWithMasks() {
        Window blocks = new Blocks(4, Blocks.From.START);
        Canvas aligned = new Canvas(new int[8], 5, MASK);

        assertThat(blocks.part(aligned)).isEqualTo(new Part(0, 8, 12));
    }

    @Test
    void countsTheMostPartsThatAnyPromptLeads() {
        for (int length = 1; length < 9; length++) {
            for (int genLength = 1; genLength < 30; genLength++) {
                Blocks blocks = new Blocks(length, Blocks.From.START);
                int most = 0;
                for (int prompt = 0; prompt < length; prompt++) {
                    Canvas last = new Canvas(new int[prompt], genLength, MASK);
                    for (int position = prompt; position < last.length() - 1; position++) {
                        last.apply(new Commit(position, 1, 1));
                    }
                    most = Math.max(most, blocks.part(last).index() + 1);
                }
                assertThat(blocks.parts(genLength))
                        .as(genLength + " in " + blocks)
                        .isEqualTo(most);
            }
        }
    }

    @Test
    void whatTakesWholeBlocksOnlyRefusesAGenLengthTheyDoNotDivide() {
        new Blocks(32).requireWhole(96);
        assertThatThrownBy(() -> new Blocks(32).requireWhole(100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gen length is 100 and block length 32; the second must divide the first, e.g. gen length"
                        + " 96");
        assertThatThrownBy(() -> new Blocks(32).requireWhole(8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("e.g. gen length 32");
    }

    /** Checkable property 1 of Elastic-Cache's sliding window. */
    @Test
    void theLeftmostMasksSlideAsTheyCommit() {
        commit(4, 7, 8, 10, 11);
        Window leftmost = new Leftmost(3);
        assertThat(open(leftmost)).containsExactly(3, 5, 6);

        commit(5);
        assertThat(open(leftmost)).containsExactly(3, 6, 9);

        commit(3, 6);
        assertThat(open(leftmost)).containsExactly(9, 12);
    }

    @ParameterizedTest
    @ValueSource(strings = {"leftmost(4)", "all"})
    void aWindowWithoutBlocksHasOnePart(String spec) {
        Window window = Window.parse(spec);
        commit(3);

        assertThat(window.parts(10)).isEqualTo(1);
        assertThat(window.part(canvas)).isEqualTo(new Part(0, 3, 13));
    }

    @Test
    void theWholeCanvasOpensEveryMask() {
        commit(4, 12);

        assertThat(open(new WholeCanvas())).containsExactly(3, 5, 6, 7, 8, 9, 10, 11);
    }

    @ParameterizedTest
    @CsvSource({
        "blocks, blocks(32)",
        "blocks(8), blocks(8)",
        "blocks(length=8), blocks(8)",
        "blocks(from=prompt), blocks(32)",
        "'blocks(4,from=start)', 'blocks(4,from=start)'",
        "leftmost, leftmost(16)",
        "leftmost(count=3), leftmost(3)",
        "all, all"
    })
    void readsAndPrintsItsSpec(String given, String canonical) {
        Window window = Window.parse(given);

        assertThat(window).hasToString(canonical);
        assertThat(Window.parse(window.toString())).isEqualTo(window);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "block(32)   | window is block(32); known are blocks(32), blocks(4,from=start), leftmost(16), all",
                "blocks(0)   | block length is 0; it must be at least 1",
                "leftmost(-1)| leftmost count is -1; it must be at least 1",
                "all(3)      | all(3) has too many values; all takes none",
                "blocks(4,from=end) | from of blocks is end; it must be one of prompt, start",
                "blocks(1.5) | length of blocks is 1.5; it must be a whole number, e.g. 32"
            })
    void refusesWhatItDoesNotKnow(String spec, String message) {
        assertThatThrownBy(() -> Window.parse(spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private void commit(int... positions) {
        for (int position : positions) {
            canvas.apply(new Commit(position, 1, 1));
        }
    }

    private int[] open(Window window) {
        Positions open = new Positions(16);
        window.open(canvas, open);
        return open.stream().toArray();
    }
}
