package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Decisions worked out by hand. The canvas has eight positions in blocks of four and no prompt; a mask commits from 0.7
 * on, a token stays from 0.25 on. A line of a script is what a forward says of the first block.
 */
final class RevisionTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;
    private static final int NONE = Demand.NO_CANDIDATE;
    private static final String REVISE = "revise(commit=0.7,keep=0.25)";

    /** The word 1 has 0.2 / 28 of probability where the model says 5 with 0.8. */
    @Test
    void aTokenThatLosesItsProbabilityIsMaskedAndPredictedAnew() {
        Decoding decoding = decoding(
                REVISE,
                says(word(1, 0.9), word(2, 0.4), word(3, 0.4), word(4, 0.4)),
                says(word(5, 0.8), word(2, 0.75), word(3, 0.4), word(4, 0.4)));

        StepReport first = decoding.step();
        assertThat(first.commits()).extracting(Commit::position).containsExactly(0);
        assertThat(first.takenBack()).isEmpty();
        StepReport second = decoding.step();
        assertThat(second.commits()).extracting(Commit::position).containsExactly(1);
        assertThat(second.takenBack()).containsExactly(0);
        assertThat(decoding.tokens()).startsWith(MASK, 2, MASK, MASK);
        StepReport third = decoding.step();
        assertThat(third.commits()).extracting(Commit::position).containsExactly(0);
        assertThat(third.takenBack()).isEmpty();
        assertThat(decoding.tokens()).startsWith(5, 2, MASK, MASK);
    }

    @Test
    void aTokenWhoseProbabilityIsTheBarStays() {
        Decoding decoding = decoding(
                REVISE,
                says(word(1, 0.9), word(2, 0.8), word(3, 0.4), word(4, 0.4)),
                says(
                        new Prediction(7, 0.6f, 1, 0.25f, 1),
                        new Prediction(7, 0.6f, 2, 0.2499f, 1),
                        word(3, 0.4),
                        word(4, 0.4)));
        decoding.step();

        assertThat(decoding.step().takenBack()).containsExactly(1);
        assertThat(decoding.tokens()).startsWith(1, MASK, 3, MASK);
    }

    @Test
    void aPositionIsTakenBackTwiceAndThenStands() {
        List<List<Prediction>> script = new ArrayList<>();
        for (int word : new int[] {1, 2, 2, 4, 4, 6, 6}) {
            script.add(says(word(word, 0.9), word(2, 0.4), word(3, 0.4), word(4, 0.4)));
        }
        Decoding decoding = scripted(REVISE, script);
        List<List<Integer>> takenBack = new ArrayList<>();
        while (decoding.settled().length < 4) {
            takenBack.add(decoding.step().takenBack());
        }

        assertThat(takenBack).containsExactly(List.of(), List.of(0), List.of(), List.of(0), List.of(), List.of());
        assertThat(decoding.tokens()).startsWith(4, 2, 3, 4);
    }

    @Test
    void aClosedBlockIsNotPredictedAgain() {
        Decoding decoding = decoding(REVISE, says(word(1, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.9)));

        assertThat(decoding.step().settledEnd()).isEqualTo(4);
        assertThat(decoding.request().demand().positions().stream()).containsExactly(4, 5, 6, 7);
    }

    @Test
    void textSettlesAtClosedBlocksOnly() {
        Decoding decoding = decoding(
                REVISE,
                says(word(1, 0.9), word(2, 0.9), word(3, 0.4), word(4, 0.4)),
                says(word(1, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.4)),
                says(word(1, 0.9), word(2, 0.9), word(3, 0.9), word(4, 0.8)));

        assertThat(decoding.step().settledEnd()).isZero();
        assertThat(decoding.step().settledEnd()).isZero();
        assertThat(decoding.settled()).isEmpty();
        assertThat(decoding.step().settledEnd()).isEqualTo(4);
        assertThat(decoding.settled()).containsExactly(1, 2, 3, 4);
        decoding.cancel();
        assertThat(decoding.settled()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aBlockStaysOpenWhereTheStepThatFillsItTakesSomethingBack() {
        Decoding decoding = decoding(
                REVISE,
                says(word(1, 0.9), word(2, 0.4), word(3, 0.4), word(4, 0.4)),
                says(word(5, 0.8), word(2, 0.8), word(3, 0.8), word(4, 0.8)));
        decoding.step();

        StepReport second = decoding.step();
        assertThat(second.commits()).extracting(Commit::position).containsExactly(1, 2, 3);
        assertThat(second.takenBack()).containsExactly(0);
        assertThat(second.settledEnd()).isZero();
        assertThat(decoding.request().demand().positions().stream()).containsExactly(0, 1, 2, 3);
        assertThat(decoding.tokens()).startsWith(MASK, 2, 3, 4, MASK);
    }

    @Test
    void anEndThatIsTakenBackDoesNotStopAnEndThatStaysDoes() {
        List<Prediction> first = says(word(1, 0.4), word(END, 0.9), word(3, 0.4), word(4, 0.4));
        Decoding doubted = decoding(REVISE, first, says(word(1, 0.8), word(6, 0.8), word(3, 0.4), word(4, 0.4)));
        Decoding kept = decoding(REVISE, first, says(word(1, 0.8), word(END, 0.5), word(3, 0.4), word(4, 0.4)));
        doubted.step();
        kept.step();

        assertThat(doubted.step().length()).isEqualTo(8);
        assertThat(doubted.tokens()).startsWith(1, MASK, MASK);
        assertThat(kept.step().done()).isTrue();
        assertThat(kept.settled()).containsExactly(1, END);
    }

    /**
     * At the third forward position 0 says 1 with 0.6 once more. Fused with a first credit, 0.6^0.2, that is 0.695, below
     * 0.7; the credit of the first forward would lift it above. Position 1 reaches 0.788 and commits alone.
     */
    @Test
    void creditStartsAnewWhereATokenIsTakenBack() {
        Decoding decoding = decoding(
                "credit(then=" + REVISE + ")",
                says(word(1, 0.9), word(2, 0.4), word(3, 0.4), word(4, 0.4)),
                says(word(5, 0.8), word(2, 0.4), word(3, 0.4), word(4, 0.5)),
                says(word(1, 0.6), word(2, 0.65), word(3, 0.4), word(4, 0.5)));
        decoding.step();
        assertThat(decoding.step().takenBack()).containsExactly(0);

        Demand demand = decoding.request().demand();
        assertThat(demand.positions().stream()).containsExactly(0, 1, 2, 3);
        assertThat(candidates(demand, 0)).containsExactly(NONE, NONE);
        assertThat(candidates(demand, 1)).containsExactly(NONE, 2);
        assertThat(candidates(demand, 3)).containsExactly(4, NONE);
    }

    @Test
    void aTokenWhoseCreditEndedIsJudgedByTheModelAlone() {
        Decoding decoding = decoding(
                "credit(then=" + REVISE + ")",
                says(word(1, 0.9), word(2, 0.4), word(3, 0.4), word(4, 0.4)),
                says(word(5, 0.8), word(2, 0.4), word(3, 0.4), word(4, 0.5)),
                says(word(1, 0.6), word(2, 0.65), word(3, 0.4), word(4, 0.5)));
        decoding.step();
        decoding.step();

        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(1);
    }

    @Test
    void everyDecodingIsBoundedWhateverTheModelSays() {
        for (String strategy : List.of("revise(commit=2,keep=2)", "credit(then=revise(commit=2,keep=2))")) {
            DecodingConfig config = DecodingConfig.DEFAULT
                    .withFrame(new WholeCanvas(), 8, 8)
                    .withStrategy(UnmaskingStrategy.parse(strategy));
            ScriptedPredictor model =
                    new ScriptedPredictor((forward, position) -> Prediction.of((forward + position) % 9, 0.5));
            Decoding decoding = new Decoding(model, new int[0], config);
            List<Integer> takenBack = new ArrayList<>();
            decoding.steps().forEach(report -> takenBack.addAll(report.takenBack()));

            assertThat(takenBack).hasSize(8 * 2);
            assertThat(decoding.work().forwards()).isEqualTo(8 + 8 * 2);
        }
    }

    @Test
    void readsAndPrintsItsSpec() {
        assertThat(UnmaskingStrategy.parse("revise")).hasToString("revise(commit=0.7,keep=0.3)");
        assertThat(UnmaskingStrategy.parse("revise(0.5,0.1)")).hasToString("revise(commit=0.5,keep=0.1)");
        assertThatThrownBy(() -> UnmaskingStrategy.parse("revise(keep=x)"))
                .hasMessage("keep of revise is x; it must be a finite number, e.g. 0.3");
    }

    private static List<Integer> candidates(Demand demand, int slot) {
        List<Integer> ids = new ArrayList<>();
        for (int index = 0; index < demand.candidatesPerPosition(); index++) {
            ids.add(demand.candidate(slot, index));
        }
        return ids;
    }

    private static Decoding decoding(String strategy, List<Prediction> forward) {
        return scripted(strategy, List.of(forward));
    }

    private static Decoding decoding(String strategy, List<Prediction> first, List<Prediction> further) {
        return scripted(strategy, List.of(first, further));
    }

    private static Decoding decoding(
            String strategy, List<Prediction> first, List<Prediction> second, List<Prediction> further) {
        return scripted(strategy, List.of(first, second, further));
    }

    /** The last forward's line stands for all further ones; of the second block every forward says 9, half sure. */
    private static Decoding scripted(String strategy, List<List<Prediction>> forwards) {
        DecodingConfig config =
                DecodingConfig.DEFAULT.withFrame(new Blocks(4), 8, 8).withStrategy(UnmaskingStrategy.parse(strategy));
        ScriptedPredictor model = new ScriptedPredictor((forward, position) -> position < 4
                ? forwards.get(Math.min(forward, forwards.size() - 1)).get(position)
                : word(9, 0.5));
        return new Decoding(model, new int[0], config);
    }

    private static List<Prediction> says(Prediction... predictions) {
        return List.of(predictions);
    }

    private static Prediction word(int token, double probability) {
        return Prediction.of(token, probability);
    }
}
