package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Script;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Decisions worked out by hand. The canvas has eight positions in blocks of four and no prompt; a mask commits above 0.7,
 * a token gives way above 0.5. A line of a script is what a forward says of the first block.
 */
final class TokenEditsTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;
    private static final String THEN = ",then=threshold(0.7,equal=waits))";
    private static final String EDIT = "edit(0.5,post=16" + THEN;

    @Test
    void aTokenThatTheModelNoLongerPrefersGivesWayInTheForwardThatCommitsOthers() {
        Decoding decoding = decoding(
                EDIT,
                says(word(1, 0.9), word(2, 0.4), word(3, 0.4), word(4, 0.4)),
                says(word(5, 0.8), word(2, 0.75), word(3, 0.4), word(4, 0.4)));

        assertThat(decoding.step().edits()).isEmpty();
        StepReport second = decoding.step();
        assertThat(second.commits()).extracting(commit -> commit.position()).containsExactly(1);
        assertThat(second.edits()).containsExactly(new Replace(0, 1, 5, 0.8f));
        assertThat(decoding.tokens()).startsWith(5, 2, MASK, MASK);
    }

    /** 1 is what stands there already, 0.5 is not above 0.5, and the third is still a mask. */
    @Test
    void onlyAnotherTokenAboveTheThresholdReplacesOne() {
        Decoding decoding = decoding(
                EDIT,
                says(word(1, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.4)),
                says(word(1, 0.9), word(7, 0.5), word(8, 0.5001), word(9, 0.6)));
        decoding.step();

        StepReport second = decoding.step();
        assertThat(second.edits()).extracting(Replace::position).containsExactly(2);
        assertThat(second.commits()).extracting(commit -> commit.position()).containsExactly(3);
    }

    @Test
    void aFilledPartStaysOpenUntilAForwardEditsNothing() {
        Decoding decoding = decoding(
                EDIT,
                says(word(1, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.9)),
                says(word(5, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.9)));

        assertThat(decoding.step().settledEnd()).isZero();
        assertThat(decoding.request().demand().positions().stream()).containsExactly(0, 1, 2, 3);
        decoding.withdraw();
        StepReport second = decoding.step();
        assertThat(second.edits()).containsExactly(new Replace(0, 1, 5, 0.9f));
        assertThat(second.settledEnd()).isZero();
        StepReport third = decoding.step();
        assertThat(third.changes()).isEmpty();
        assertThat(third.settledEnd()).isEqualTo(4);
        assertThat(decoding.settled()).containsExactly(5, 2, 3, 4);
        assertThat(decoding.request().demand().positions().stream()).containsExactly(4, 5, 6, 7);
    }

    @Test
    void aDecodingIsNotDoneWhileItsLastPartIsOpen() {
        Decoding decoding = new Decoding(
                new ScriptedPredictor((forward, position) -> word(1 + Math.min(forward, 1), 0.9)),
                new int[0],
                config(EDIT).withFrame(new Blocks(4), 4, 4));

        assertThat(decoding.step().done()).isFalse();
        assertThat(decoding.step().done()).isFalse();
        assertThat(decoding.step().done()).isTrue();
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(decoding.settled()).containsExactly(2, 2, 2, 2);
    }

    @Test
    void aDecodingThatIsCancelledInAnOpenPartWasCancelledAndHasSettledNothingOfIt() {
        Decoding decoding = decoding(EDIT, says(word(1, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.9)));
        decoding.step();
        decoding.cancel();

        assertThat(decoding.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(decoding.settled()).isEmpty();
    }

    /** The model never says the same twice. Two parts, each filled in one forward. */
    @ParameterizedTest
    @CsvSource({
        "own, 0, 0, 0",
        "own, 5, 5, 5",
        "hf, 0, 0, 0",
        "hf, 1, 1, 1",
        "hf, 2, 2, 2",
        "hf, 5, 5, 5",
        "diffusers, 0, 1, 1",
        "diffusers, 1, 2, 2",
        "diffusers, 2, 3, 3",
        "diffusers, 5, 6, 6",
        "sglang, 0, 1, 0",
        "sglang, 1, 2, 1",
        "sglang, 2, 3, 2",
        "sglang, 5, 6, 5",
    })
    void aReadingSaysHowManyForwardsOfAFilledPartThereAreAndHowManyEdit(
            String reading, int post, int forwards, int editing) {
        Decoding decoding = moving("edit(0.5,post=" + post + ",reading=" + reading + THEN);
        List<StepReport> reports = decoding.steps().toList();

        assertThat(reports).hasSize(2 * (1 + forwards));
        assertThat(reports.stream().filter(report -> report.edits().size() == 4))
                .hasSize(2 * editing);
        assertThat(decoding.mostForwards()).isEqualTo(8 + 2 * forwards);
    }

    @ParameterizedTest
    @CsvSource({"own, 3, 3", "hf, 3, 3", "sglang, 4, 3", "diffusers, 1, 0"})
    void aThresholdOfZeroEditsWhateverDiffersOrUnderDiffusersNothing(String reading, int forwards, int editing) {
        Script unsure = (forward, position) -> word((forward + position) % 13, 0.2);
        Decoding decoding = new Decoding(
                new ScriptedPredictor(unsure),
                new int[0],
                config("edit(0,post=3,reading=" + reading + ",then=threshold(0))"));
        List<StepReport> reports = decoding.steps().toList();

        assertThat(reports.stream().filter(report -> !report.edits().isEmpty())).hasSize(2 * editing);
        assertThat(reports).hasSize(2 * (1 + forwards));
    }

    /** 1, 2 and 1 again: the model would say 2 next. */
    @ParameterizedTest
    @CsvSource({"own, 3", "hf, 17", "sglang, 18", "diffusers, 18"})
    void aPartThatGoesRoundInACircleClosesWhereItIsAsItWasBefore(String reading, int forwards) {
        Decoding decoding = new Decoding(
                new ScriptedPredictor((forward, position) -> word(1 + forward % 2, 0.9)),
                new int[0],
                config("edit(0.5,post=16,reading=" + reading + THEN).withFrame(new Blocks(4), 4, 4));

        assertThat(decoding.steps()).hasSize(forwards);
    }

    /** Two masks a forward fill the part in its second, which is the last of two steps. */
    @Test
    void diffusersClosesAFilledPartAtItsLastStep() {
        String then = ",reading=diffusers,then=topk(2))";

        assertThat(moving("edit(0.5,post=3,steps=2" + then).steps()).hasSize(2 * 2);
        assertThat(moving("edit(0.5,post=3,steps=3" + then).steps()).hasSize(2 * (2 + 4));
    }

    @Test
    void promptAndGivenTextAreNotEdited() {
        Draft draft = Draft.masks(2).thenText(3, 4).thenMasks(3);
        Decoding decoding = new Decoding(
                new ScriptedPredictor((forward, position) -> word((forward + position) % 13, 0.9)),
                new int[] {7},
                draft,
                config(EDIT).withFrame(Window.parse("blocks(4,from=start)"), 7, 7));
        List<StepReport> reports = decoding.steps().toList();

        assertThat(reports.stream().flatMap(report -> report.edits().stream()))
                .extracting(Replace::position)
                .containsOnly(1, 2, 5, 6, 7);
        assertThat(decoding.tokens()).startsWith(7).containsSubsequence(3, 4);
        assertThat(decoding.tokens()[3]).isEqualTo(3);
        assertThat(decoding.tokens()[4]).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"eot", "eot(when=block)", "eos-freeze", "eotp"})
    void anEndTokenThatIsEditedAwayDoesNotEndTheText(String stop) {
        Script script = (forward, position) ->
                position < 4 ? word(forward == 0 && position == 1 ? END : position, 0.9) : word(9, 0.9);
        Decoding decoding = new Decoding(
                new ScriptedPredictor(script), new int[0], config(EDIT).withStop(StopRule.parse(stop)));
        decoding.steps().forEach(report -> {});

        assertThat(decoding.tokens()).containsExactly(0, 1, 2, 3, 9, 9, 9, 9);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    /** The end arrives by an edit in a part that is filled already, and stops when the part closes. */
    @ParameterizedTest
    @CsvSource({"eot, 2", "eot(when=block), 2", "eos-freeze, 8", "eotp, 2"})
    void anEndTokenThatAnEditBroughtEndsTheTextWhenItsPartCloses(String stop, int length) {
        Script script = (forward, position) ->
                position < 4 ? word(forward > 0 && position == 1 ? END : position, 0.9) : word(9, 0.9);
        Decoding decoding = new Decoding(
                new ScriptedPredictor(script), new int[0], config(EDIT).withStop(StopRule.parse(stop)));
        List<StepReport> reports = decoding.steps().toList();

        assertThat(reports).hasSize(3);
        assertThat(decoding.settled()).containsExactly(0, END);
        assertThat(decoding.tokens()).hasSize(length).startsWith(0, END);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void anEndTokenOfAnEarlierStepStillEndsTheTextWhenItsPartCloses() {
        for (String stop : List.of("eot", "eos-freeze", "eotp")) {
            Script script = (forward, position) -> position < 4
                    ? word(position == 1 ? END : position, forward == 0 && position != 1 ? 0.4 : 0.9)
                    : word(9, 0.9);
            Decoding decoding = new Decoding(
                    new ScriptedPredictor(script), new int[0], config(EDIT).withStop(StopRule.parse(stop)));
            List<StepReport> reports = decoding.steps().toList();

            assertThat(reports).as(stop).hasSize(3);
            assertThat(decoding.settled()).as(stop).containsExactly(0, END);
        }
    }

    @Test
    void whatMasksCommitIsTheOtherStrategysToSay() {
        assertThat(moving("edit(2,post=0,then=topk(2))").steps())
                .extracting(report -> report.commits().size())
                .containsExactly(2, 2, 2, 2);
        assertThat(moving("credit(then=edit(2,post=0,then=topk(2)))").steps())
                .extracting(report -> report.commits().size())
                .containsExactly(2, 2, 2, 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "edit                   | edit(threshold=0.5,post=16,then=threshold(0.7,equal=waits))",
                "edit(0.9,post=2,then=topk(2)) | edit(threshold=0.9,post=2,then=topk(2))",
                "edit(reading=hf)       | edit(threshold=0.5,post=16,reading=hf,then=threshold(0.7,equal=waits))",
                "edit(steps=4,reading=diffusers) |"
                        + " edit(threshold=0.5,post=16,steps=4,reading=diffusers,then=threshold(0.7,equal=waits))",
            })
    void readsAndPrintsItsSpec(String spec, String printed) {
        assertThat(UnmaskingStrategy.parse(spec)).hasToString(printed);
        assertThat(UnmaskingStrategy.parse(printed)).hasToString(printed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "edit(x)       | threshold of edit is x; it must be a finite number, e.g. 0.5",
                "edit(post=-1) | post is -1; it must be within [0, 1000] forwards, e.g. 16",
                "edit(steps=-1,reading=diffusers) | steps is -1; it must be at least 1, or 0 for no limit",
                "edit(steps=4,reading=hf) | steps is 4 and reading is hf; diffusers alone closes after a number of steps,"
                        + " so leave it out or use reading=diffusers",
                "edit(then=revise) | then is revise(commit=0.7,keep=0.3), which changes committed tokens itself; name a rule"
                        + " whose commits stand, e.g. threshold(0.7,equal=waits)",
                "edit(then=edit(then=topk(2))) | then is edit(threshold=0.5,post=16,then=topk(2)), which changes committed"
                        + " tokens itself; name a rule whose commits stand, e.g. threshold(0.7,equal=waits)",
            })
    void refusesWhatMakesNoSense(String spec, String message) {
        assertThatThrownBy(() -> UnmaskingStrategy.parse(spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** Of a model that prefers another token in every forward; two blocks of four. */
    private static Decoding moving(String strategy) {
        return new Decoding(
                new ScriptedPredictor((forward, position) -> word((forward + position) % 13, 0.9)),
                new int[0],
                config(strategy));
    }

    private static Decoding decoding(String strategy, List<Prediction> all) {
        return decoding(strategy, all, all);
    }

    /** The second line stands for all further forwards; of the second block every forward says 9, half sure. */
    private static Decoding decoding(String strategy, List<Prediction> first, List<Prediction> further) {
        return new Decoding(
                new ScriptedPredictor((forward, position) ->
                        position < 4 ? (forward == 0 ? first : further).get(position) : word(9, 0.5)),
                new int[0],
                config(strategy));
    }

    private static DecodingConfig config(String strategy) {
        return DecodingConfig.DEFAULT
                .withFrame(new Blocks(4), 8, 8)
                .withStrategy(UnmaskingStrategy.parse(strategy))
                .withStop(StopRule.parse("full"));
    }

    private static List<Prediction> says(Prediction... predictions) {
        return List.of(predictions);
    }

    private static Prediction word(int token, double probability) {
        return Prediction.of(token, probability);
    }
}
