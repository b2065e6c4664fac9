package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model that pads with a cycle of three ids, 11 to 13, behind one end token. */
final class RainbowPaddingTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;
    private static final Set<Integer> PADS = Set.of(11, 12, 13);
    private static final DecodingConfig ONE_BLOCK =
            DecodingConfig.DEFAULT.withFrame(new WholeCanvas(), 8, 8).withStop(new FullCanvas());

    @Test
    void theTextIsWhatStandsBeforeTheEndToken() {
        assertThat(decoder(says(5, 7, END, 11, 12, 13, 11, 12)).textTokens(new int[] {5, 7, END, 11, 12}))
                .containsExactly(5, 7);
    }

    @Test
    void withoutAnEndTokenPadsAndMasksAreStrippedById() {
        assertThat(decoder(says(5)).textTokens(new int[] {5, 11, 7, MASK, 12, 13, 3}))
                .containsExactly(5, 7, 3);
    }

    @Test
    void anAnswerCountsNeitherEndNorPads() {
        Answer answer = generate(decoder(says(5, 7, END, 11, 12, 13, 11, 12)), ONE_BLOCK);

        assertThat(answer.text()).isEqualTo("5 7");
        assertThat(answer.tokenIds()).containsExactly(5, 7, END, 11, 12, 13, 11, 12);
        assertThat(answer.completionTokens()).isEqualTo(2);
        assertThat(answer.tokensPerForward()).isEqualTo(2.0 / answer.work().forwards());
    }

    /** Pads are sure from the start, the text only later: the end counts once its prefix is complete. */
    @Test
    void theFirstEndTokenWithACompletePrefixStopsTheDecoding() {
        ScriptedPredictor model = ScriptedPredictor.rainbow(
                PADS,
                (forward, position) -> position < 2
                        ? Prediction.of(5 + position, forward < 1 ? 0.5 : 0.95)
                        : Prediction.of(position == 2 ? END : 11 + position % 3, 0.95));
        Decoding decoding = new Decoding(model, new int[0], DecodingConfig.DEFAULT.withFrame(new Blocks(4), 8, 8));

        StepReport first = decoding.step();
        assertThat(first.commits()).extracting(Commit::position).containsExactly(2, 3);
        assertThat(first.length()).isEqualTo(8);
        StepReport second = decoding.step();
        assertThat(second.length()).isEqualTo(3);
        assertThat(second.done()).isTrue();
        assertThat(decoding.tokens()).containsExactly(5, 6, END);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
    }

    /** What is left of 0.6 for the pad is 0.4: half of it, 0.2 of 0.4, is the next id's. */
    @Test
    void aForbiddenPadLeavesItsPlaceToTheBestOtherToken() {
        ScriptedPredictor model = ScriptedPredictor.rainbow(PADS, (forward, position) -> Prediction.of(13, 0.6));
        Decoding decoding =
                new Decoding(model, new int[0], ONE_BLOCK.withSampling(Sampling.GREEDY.withPadsForbidden()));
        List<Commit> commits = new ArrayList<>();
        decoding.steps().forEach(report -> commits.addAll(report.commits()));

        assertThat(commits).hasSize(8).allSatisfy(commit -> {
            assertThat(commit.token()).isEqualTo(END);
            assertThat(commit.probability()).isCloseTo((float) (0.2 / (0.4 - 2 * 0.2 / 14)), within(1e-6f));
        });
    }

    @Test
    void aModelWithoutPadsOfItsOwnRefusesToForbidThem() {
        ScriptedPredictor model = new ScriptedPredictor((forward, position) -> Prediction.of(5, 0.9));

        assertThatThrownBy(() ->
                        new Decoding(model, new int[0], ONE_BLOCK.withSampling(Sampling.GREEDY.withPadsForbidden())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("padding is forbidden, and the model has none besides its end tokens; allow it");
    }

    /** Where all but two tokens are forbidden, the two share everything. */
    @ParameterizedTest
    @EnumSource
    void aModelGivesForbiddenTokensNothing(Family family, @TempDir Path folder) {
        try (OnnxModel model = TinyModels.open(folder, family)) {
            Canvas canvas = new Canvas(new int[] {1, 2}, 6, model.spec().maskToken());
            Set<Integer> all =
                    IntStream.range(0, model.spec().vocabulary()).boxed().collect(Collectors.toSet());
            all.removeAll(Set.of(7, 9));
            Demand demand = new Demand(6);
            demand.positions().addRange(2, 8);
            demand.forbid(all);
            Positions rows = new Positions(8);
            rows.addRange(0, 8);
            Predictions predictions = new Predictions();
            model.predict(List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false)));

            for (int slot = 0; slot < 6; slot++) {
                double best = predictions.probability(slot);
                double second = predictions.secondProbability(slot);
                assertThat(Set.of(predictions.token(slot), predictions.secondToken(slot)))
                        .isEqualTo(Set.of(7, 9));
                assertThat(best + second).isCloseTo(1, within(1e-6));
                assertThat((double) predictions.entropy(slot))
                        .isCloseTo(-best * Math.log(best) - second * Math.log(second), within(1e-5));
            }
        }
    }

    private static Answer generate(Decoder decoder, DecodingConfig config) {
        Decoding decoding = decoder.start(new int[0], config);
        decoding.steps().forEach(report -> {});
        return decoder.answer(decoding);
    }

    private static Decoder decoder(ScriptedPredictor.Script script) {
        return new Decoder(ScriptedPredictor.rainbow(PADS, script), new TokenNames(), Optional.empty(), "hash");
    }

    /** One token a forward, from left to right. */
    private static ScriptedPredictor.Script says(int... tokens) {
        return (forward, position) -> Prediction.of(tokens[position % tokens.length], 0.9);
    }
}
