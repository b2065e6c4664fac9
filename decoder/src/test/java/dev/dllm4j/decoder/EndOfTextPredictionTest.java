package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.stop.EndOfTextPrediction;
import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.unmask.FilterNetwork;
import dev.dllm4j.decoder.unmask.LearnedFilter;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Decisions worked out by hand. The canvas has eight positions in blocks of four and no prompt; the filter accepts a
 * position iff its own confidence is above 0.908903. A line of a script is what a forward says of positions 0 to 7.
 */
final class EndOfTextPredictionTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;

    @TempDir
    Path folder;

    @Test
    void theMostConfidentPredictedEndCutsTheCanvasEvenFarBehindTheBlock() {
        Decoding decoding = filtered(List.of(says(
                word(1, 0.5), end(0.3), word(2, 0.4), word(3, 0.4), end(0.99), end(0.97), word(4, 0.5), end(0.99))));
        StepReport report = decoding.step();

        assertThat(report.length()).isEqualTo(5);
        assertThat(decoding.tokens()).containsExactly(1, MASK, MASK, MASK, MASK);
        assertThat(report.done()).isFalse();
    }

    @Test
    void anAcceptedEndCutsTheCanvasHoweverConfidentAnotherIs() {
        Decoding decoding = filtered(List.of(says(
                word(1, 0.5), end(0.95), word(2, 0.4), word(3, 0.4), end(0.99), end(0.97), word(4, 0.5), end(0.99))));

        assertThat(decoding.step().length()).isEqualTo(2);
        assertThat(decoding.tokens()).containsExactly(MASK, END);
    }

    @Test
    void theFirstOfSeveralAcceptedEndsCounts() {
        Decoding decoding = filtered(List.of(
                says(word(1, 0.5), end(0.92), word(2, 0.4), end(0.99), end(0.99), end(0.97), word(4, 0.5), end(0.99))));

        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(1, 3);
        assertThat(decoding.tokens()).containsExactly(MASK, END);
    }

    @Test
    void anEndThatOnlyHadToCommitIsNotAccepted() {
        Decoding decoding = filtered(List.of(says(
                word(1, 0.4), end(0.5), word(2, 0.4), word(3, 0.4), word(4, 0.5), word(5, 0.5), end(0.8), end(0.7))));

        assertThat(decoding.step().length()).isEqualTo(7);
        assertThat(decoding.tokens()).containsExactly(MASK, END, MASK, MASK, MASK, MASK, MASK);
    }

    @Test
    void anEndThatHadToCommitCutsTheCanvasWhereItIsTheMostConfident() {
        Decoding decoding = filtered(List.of(says(
                word(1, 0.4), end(0.5), word(2, 0.4), word(3, 0.4), word(4, 0.5), word(5, 0.5), end(0.3), end(0.4))));

        assertThat(decoding.step().length()).isEqualTo(2);
        assertThat(decoding.tokens()).containsExactly(MASK, END);
    }

    @Test
    void withoutAPredictedEndTheCanvasKeepsItsLength() {
        Decoding decoding = filtered(List.of(says(
                word(1, 0.5),
                word(2, 0.4),
                word(3, 0.4),
                word(4, 0.4),
                word(5, 0.5),
                word(6, 0.5),
                word(7, 0.5),
                word(8, 0.5))));
        decoding.steps().forEach(report -> assertThat(report.length()).isEqualTo(8));

        assertThat(decoding.tokens()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aLaterStepCutsAgainAndThePredictedEndMayBecomeAWord() {
        List<Prediction> first = says(
                word(1, 0.8),
                word(2, 0.4),
                word(3, 0.4),
                word(4, 0.4),
                word(5, 0.5),
                word(6, 0.5),
                end(0.3),
                word(8, 0.5));
        List<Prediction> second =
                says(word(1, 0.8), word(2, 0.5), end(0.2), word(4, 0.4), word(5, 0.5), word(6, 0.5), word(7, 0.5));
        List<Prediction> third = says(word(1, 0.8), word(2, 0.5), word(3, 0.6));
        Decoding decoding = filtered(List.of(first, second, third));

        assertThat(decoding.step().length()).isEqualTo(7);
        assertThat(decoding.step().length()).isEqualTo(3);
        assertThat(decoding.tokens()).containsExactly(1, 2, MASK);
        assertThat(decoding.step().done()).isTrue();
        assertThat(decoding.tokens()).containsExactly(1, 2, 3);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void whatIsPredictedForACommittedPositionDoesNotCount() {
        List<Prediction> first = says(
                word(1, 0.8),
                word(2, 0.4),
                word(3, 0.4),
                word(4, 0.4),
                word(5, 0.5),
                word(6, 0.5),
                word(7, 0.5),
                word(8, 0.5));
        List<Prediction> second = says(
                end(0.99),
                word(2, 0.4),
                word(3, 0.4),
                word(4, 0.4),
                word(5, 0.5),
                end(0.1),
                word(7, 0.5),
                word(8, 0.5));
        Decoding decoding = filtered(List.of(first, second));
        decoding.step();

        assertThat(decoding.step().length()).isEqualTo(6);
        assertThat(decoding.tokens()).containsExactly(1, 2, MASK, MASK, MASK, MASK);
    }

    @Test
    void aStrategyThatJudgesAcceptsWhatItChooses() {
        List<Prediction> forward =
                says(word(1, 0.5), end(0.95), word(2, 0.4), end(0.92), end(0.99), end(0.97), word(4, 0.5), end(0.99));
        Decoding threshold = decoding("threshold(0.9)", List.of(forward));
        Decoding credit = decoding("credit(then=threshold(0.9))", List.of(forward, forward));

        assertThat(threshold.step().length()).isEqualTo(2);
        assertThat(credit.step().length()).isEqualTo(2);
        assertThat(credit.step().done()).isTrue();
        assertThat(credit.tokens()).containsExactly(1, END);
    }

    /** The end at 1 is the surest of its block and has to commit; it passes none of these bars. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "threshold(0.9)",
                "threshold(0.9,ties=all)",
                "threshold(0.9,ties=near)",
                "entropy(0.1)",
                "factor(0.5)",
                "hierarchy(threshold=0.9,low=0.6)",
                "dream-threshold(0.9)",
                "revise",
                "credit(alpha=0)"
            })
    void whatDoesNotPassTheBarIsNotAccepted(String strategy) {
        Decoding decoding = decoding(
                strategy,
                List.of(says(
                        word(1, 0.4),
                        end(0.5),
                        word(2, 0.4),
                        word(3, 0.4),
                        word(4, 0.5),
                        word(5, 0.5),
                        end(0.8),
                        end(0.7))));

        assertThat(decoding.step().length()).isEqualTo(7);
        assertThat(decoding.tokens()).containsExactly(MASK, END, MASK, MASK, MASK, MASK, MASK);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "threshold(0.5)",
                "threshold(0.5,ties=near)",
                "entropy(9)",
                "factor(1.0)",
                "hierarchy(threshold=0.9,low=0.45)",
                "dream-threshold(0.5)",
                "revise(commit=0.5)",
                "credit(alpha=0,then=threshold(0.5))"
            })
    void whatPassesTheBarIsAccepted(String strategy) {
        Decoding decoding = decoding(
                strategy,
                List.of(says(
                        word(1, 0.4),
                        end(0.5),
                        word(2, 0.4),
                        word(3, 0.4),
                        word(4, 0.5),
                        word(5, 0.5),
                        end(0.8),
                        end(0.7))));

        assertThat(decoding.step().length()).isEqualTo(2);
    }

    @Test
    void aScheduleAcceptsNothing() {
        List<Prediction> forward = says(
                word(1, 0.4), end(0.5), word(2, 0.4), word(3, 0.4), word(4, 0.5), word(5, 0.5), end(0.8), end(0.7));

        for (String schedule : List.of("schedule", "topk(1)", "credit(alpha=0,then=schedule)")) {
            Decoding decoding = decoding(schedule, List.of(forward));
            assertThat(decoding.step().length()).isEqualTo(7);
            assertThat(decoding.tokens()).startsWith(MASK, END, MASK);
        }
    }

    @Test
    void everyMaskOfTheCanvasIsDemandedOnce() {
        List<Prediction> forward = says(
                word(1, 0.8),
                word(2, 0.4),
                word(3, 0.4),
                word(4, 0.4),
                word(5, 0.5),
                word(6, 0.5),
                word(7, 0.5),
                word(8, 0.5));
        Decoding filtered = filtered(List.of(forward, forward));
        filtered.step();
        Decoding credit = decoding("credit", List.of(forward, forward));
        credit.step();

        assertThat(filtered.request().demand().positions().stream()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        Demand demand = credit.request().demand();
        assertThat(demand.positions().stream()).containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(demand.candidatesPerPosition()).isEqualTo(1);
        assertThat(demand.candidate(0, 0)).isEqualTo(2);
        assertThat(demand.candidate(6, 0)).isEqualTo(Demand.NO_CANDIDATE);
    }

    @Test
    void aDecodingThatIsCancelledBehindACutHasNotStopped() {
        Decoding decoding = filtered(List.of(says(
                word(1, 0.5), end(0.3), word(2, 0.4), word(3, 0.4), end(0.99), end(0.97), word(4, 0.5), end(0.99))));
        decoding.step();
        decoding.cancel();

        assertThat(decoding.finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    private Decoding filtered(List<List<Prediction>> forwards) {
        FilterNetwork network = FilterNetwork.read(FilterFiles.write(folder, 4));
        return decoding(new LearnedFilter(network, 0.96).toString(), forwards);
    }

    /** The last forward's line stands for all further ones. */
    private static Decoding decoding(String strategy, List<List<Prediction>> forwards) {
        DecodingConfig config = DecodingConfig.DEFAULT
                .withStop(new EndOfTextPrediction())
                .withFrame(new Blocks(4), 8, 8)
                .withStrategy(UnmaskingStrategy.parse(strategy));
        ScriptedPredictor model = new ScriptedPredictor((forward, position) ->
                forwards.get(Math.min(forward, forwards.size() - 1)).get(position));
        return new Decoding(model, new int[0], config);
    }

    private static List<Prediction> says(Prediction... predictions) {
        return List.of(predictions);
    }

    private static Prediction word(int token, double probability) {
        return Prediction.of(token, probability);
    }

    private static Prediction end(double probability) {
        return Prediction.of(END, probability);
    }
}
