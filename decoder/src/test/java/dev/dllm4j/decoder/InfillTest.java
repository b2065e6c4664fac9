package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Decisions worked out by hand on a text of ten: {@code 1 2 _ _ 3 4 5 _ 6 _}. Of each position the model says ten more
 * than its number, modulo 14; positions 3 and 9 are sure, the others half sure.
 */
final class InfillTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;
    private static final String TEXT = "1 2[MASK:2]3 4 5[MASK:1]6[MASK:1]";
    private static final DecodingConfig TEN = DecodingConfig.INFILL.withGenLength(10);

    private final Decoder decoder =
            decoder((forward, position) -> Prediction.of((position + 10) % 14, position % 6 == 3 ? 0.95 : 0.5));

    @Test
    void theCanvasStartsWithTheTextAndItsSlots() {
        Decoding decoding = decoder.start(new int[0], decoder.draft(TEXT), TEN);

        assertThat(decoding.tokens()).containsExactly(1, 2, MASK, MASK, 3, 4, 5, MASK, 6, MASK);
        assertThat(decoding.settled()).containsExactly(1, 2);
        assertThat(decoding.request().demand().positions().stream()).containsExactly(2, 3, 7, 9);
    }

    @Test
    void theSurestSlotsFillFirstWhereverTheyAre() {
        Decoding decoding = decoder.start(new int[0], decoder.draft(TEXT), TEN);

        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(3, 9);
        assertThat(decoding.tokens()).containsExactly(1, 2, MASK, 13, 3, 4, 5, MASK, 6, 5);
        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(2);
        assertThat(decoding.settled()).containsExactly(1, 2, 12, 13, 3, 4, 5);
        assertThat(decoding.step().done()).isTrue();
        assertThat(decoding.tokens()).containsExactly(1, 2, 12, 13, 3, 4, 5, 3, 6, 5);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void anAnswerIsTheWholeTextAndCountsTheSlotsAlone() {
        Answer answer = decoder.fill(new int[] {8, 8}, "1 2[MASK:2]3", DecodingConfig.INFILL);

        assertThat(answer.text()).isEqualTo("1 2 0 13");
        assertThat(answer.promptTokens()).isEqualTo(2);
        assertThat(answer.completionTokens()).isEqualTo(2);
        assertThat(answer.tokenIds()).containsExactly(1, 2, 0, 1, 3);
    }

    /** Positions 0 to 4 are settled text but for two masks, so that the block of 0 to 4 is open first, then 5 to 9. */
    @Test
    void blocksOpenFromLeftToRightAndFullOnesAreSkipped() {
        Decoding blocks = decoder.start(new int[0], decoder.draft(TEXT), TEN.withWindow(new Blocks(5)));
        assertThat(blocks.request().demand().positions().stream()).containsExactly(2, 3);

        Decoding late =
                decoder.start(new int[0], decoder.draft("1 2 3 4[MASK:1]5"), TEN.withFrame(new Blocks(2), 6, 6));
        assertThat(late.request().demand().positions().stream()).containsExactly(4);
    }

    @Test
    void theLeftmostMasksMayBeInSeveralSlots() {
        Decoding decoding = decoder.start(new int[0], decoder.draft(TEXT), TEN.withWindow(new Leftmost(3)));

        assertThat(decoding.request().demand().positions().stream()).containsExactly(2, 3, 7);
    }

    @Test
    void aScheduleSpreadsTheMasksOverItsSteps() {
        Decoding decoding =
                decoder.start(new int[0], decoder.draft(TEXT), TEN.withSteps(2).withStrategy(new FixedSchedule()));

        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(3, 9);
        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(2, 7);
        assertThat(decoding.done()).isTrue();
    }

    @Test
    void revisionNeverTouchesTheText() {
        Decoding decoding = decoder.start(
                new int[0],
                decoder.draft(TEXT),
                TEN.withStrategy(UnmaskingStrategy.parse("revise(commit=0.4,keep=2)")));
        decoding.step();
        assertThat(decoding.done()).isTrue();
        assertThat(decoding.tokens()).containsExactly(1, 2, 12, 13, 3, 4, 5, 3, 6, 5);

        Decoding slow = decoder.start(
                new int[0],
                decoder.draft(TEXT),
                TEN.withStrategy(UnmaskingStrategy.parse("revise(commit=0.9,keep=2)")));
        slow.step();
        assertThat(slow.request().demand().positions().stream()).containsExactly(2, 7, 3, 9);
    }

    @Test
    void anEndInASlotHidesNothingOfTheText() {
        Decoder ending = decoder((forward, position) -> Prediction.of(position == 3 ? END : 7, 0.95));
        Answer answer = ending.fill(new int[0], TEXT, DecodingConfig.INFILL);

        assertThat(answer.tokenIds()).containsExactly(1, 2, 7, END, 3, 4, 5, 7, 6, 7);
        assertThat(answer.text()).isEqualTo("1 2 73 4 5 76 7");
        assertThat(answer.completionTokens()).isEqualTo(3);
    }

    /** The tokenizer reads 007 as 7; the text stays what was written. */
    @Test
    void theTextStaysToTheLetterWhateverTheTokenizerMakesOfIt() {
        Answer answer = decoder.fill(new int[0], "007 8[MASK:1]009[MASK:2]", DecodingConfig.INFILL);

        assertThat(answer.tokenIds()).containsExactly(7, 8, 12, 9, 0, 1);
        assertThat(answer.text()).isEqualTo("007 8 12009 0 1");
        assertThat(answer.completionTokens()).isEqualTo(3);
    }

    @Test
    void stretchesOfADraftAreSlotsAndTextsThatWereAddedTogether() {
        Draft draft = Draft.text(1)
                .thenText("x", 2, 3)
                .thenMasks(2)
                .thenText("y", 4)
                .thenText("z", 5)
                .thenMasks(1);

        assertThat(draft.length()).isEqualTo(8);
        assertThat(draft.masks()).isEqualTo(3);
        assertThat(List.of(0, 1, 2, 3, 4, 5, 6, 7))
                .extracting(draft::stretchEnd)
                .containsExactly(1, 3, 3, 5, 5, 6, 7, 8);
        assertThat(draft.textAt(1)).contains("x");
        assertThat(draft.textAt(2)).isEmpty();
        assertThat(draft.token(2)).isEqualTo(3);
        assertThatThrownBy(() -> draft.token(3)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesWhatWouldCutTheText() {
        for (String stop : List.of("eot", "eotp")) {
            assertThatThrownBy(() -> decoder.start(new int[0], decoder.draft(TEXT), TEN.withStop(StopRule.parse(stop))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("stop is " + stop + "; it would cut off fixed text after an end, so use stop full");
        }
    }

    @Test
    void refusesATextWithoutSlotsAndALengthThatIsAnother() {
        assertThatThrownBy(() -> decoder.draft("1 2 3"))
                .hasMessage("the text to fill has no slot; mark one by its number of tokens, e.g. [MASK:4]");
        assertThatThrownBy(() -> decoder.draft("1[MASK:0]2")).hasMessage("a slot has 0 masks; it must have at least 1");
        assertThatThrownBy(() -> decoder.start(new int[0], decoder.draft(TEXT), DecodingConfig.INFILL))
                .hasMessage("the text to fill has 10 positions and gen length is 128; they must be equal");
        assertThatThrownBy(() -> decoder.start(new int[0], Draft.text(1, 2), TEN.withGenLength(2)))
                .hasMessage("the text to fill has no masks; give it at least one slot");
    }

    private static Decoder decoder(ScriptedPredictor.Script script) {
        return new Decoder(new ScriptedPredictor(script), new TokenNames(), Optional.empty(), "hash");
    }
}
