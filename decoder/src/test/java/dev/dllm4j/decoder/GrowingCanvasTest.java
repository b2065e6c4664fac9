package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Canvases that begin as one block of four and take in another whenever one closes without an end. */
class GrowingCanvasTest {
    private static final DecodingConfig SIXTEEN = DecodingConfig.DEFAULT.withFrame(new Blocks(4), 16, 16);
    private static final Draft GROWING = Draft.masks(16).growing(4);
    private static final int[] PROMPT = {1, 2};

    /** A text that ends at a position, for good. */
    private static Decoder ending(int end) {
        return new Decoder(
                new ScriptedPredictor((forward, position) ->
                        Prediction.of(position >= end ? ScriptedPredictor.END : position % 13, 0.95)),
                new TokenNames(),
                Optional.empty(),
                "scripted");
    }

    private static List<Integer> lengths(Decoding decoding) {
        return decoding.steps().map(StepReport::length).toList();
    }

    @Test
    void itGrowsByABlockUntilTheTextEnds() {
        Decoding decoding = ending(8).start(PROMPT, GROWING, SIXTEEN);

        assertThat(decoding.tokens()).hasSize(6);
        // The second block holds the end: the canvas is cut behind it and takes in nothing more.
        assertThat(lengths(decoding)).containsExactly(10, 9);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(decoding.settled()).containsExactly(2, 3, 4, 5, 6, 7, ScriptedPredictor.END);
        // Rows of blocks that were never taken in cost nothing.
        assertThat(decoding.work().rowsComputed()).isEqualTo(6 + 10);
    }

    /** Borders at 4, 8, 12, 16: the first block shares two positions with the prompt. */
    @Test
    void blocksFromTheStartGrowToTheirBorders() {
        Blocks blocks = new Blocks(4, Blocks.From.START);
        Decoding decoding =
                ending(99).start(PROMPT, Draft.masks(13).growing(blocks), SIXTEEN.withFrame(blocks, 13, 13));

        assertThat(decoding.tokens()).hasSize(4);
        assertThat(lengths(decoding)).containsExactly(8, 12, 15, 15);
        assertThat(decoding.settled()).hasSize(13);
    }

    @Test
    void aTextWithoutAnEndFillsTheDraft() {
        Decoding decoding = ending(99).start(PROMPT, GROWING, SIXTEEN);

        assertThat(lengths(decoding)).containsExactly(10, 14, 18, 18);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(decoding.settled()).hasSize(16);
    }

    @Test
    void everyStrategyGrows() {
        for (String strategy : List.of("schedule", "entropy", "factor", "topk(2)", "credit", "hierarchy", "revise")) {
            Decoding decoding =
                    ending(99).start(PROMPT, GROWING, SIXTEEN.withStrategy(UnmaskingStrategy.parse(strategy)));
            lengths(decoding);
            assertThat(decoding.settled()).as(strategy).hasSize(16);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual", "elastic", "dllm-cache"})
    void eachBlockIsDecodedAsTheLastOfAShorterCanvas(String cache, @TempDir Path folder) {
        DecodingConfig config = SIXTEEN.withStop(new FullCanvas())
                .withStrategy(new FixedSchedule())
                .withCache(CacheSpec.parse(cache));
        try (OnnxModel model = TinyModels.open(folder, Family.LLADA);
                Decoder decoder = new Decoder(model, new TokenNames(), Optional.empty(), "tiny")) {
            Decoding growing = decoder.start(new int[] {5, 6, 7}, GROWING, config);
            lengths(growing);
            int[] prompt = {5, 6, 7};
            for (int block = 0; block < 4; block++) {
                // What was decoded before is part of the prompt; the first forward of a block computes every row.
                Decoding alone = decoder.start(prompt, config.withFrame(new Blocks(4), 4, 4));
                lengths(alone);
                prompt = alone.tokens();
            }
            assertThat(growing.tokens()).isEqualTo(prompt);
            assertThat(decoder.cache().liveBytes()).isZero();
        }
    }

    @Test
    void itsAnswerIsTheSameBesideOthers(@TempDir Path folder) {
        DecodingConfig config = SIXTEEN.withCache(CacheSpec.parse("dual")).withStop(new FullCanvas());
        try (OnnxModel model = TinyModels.open(folder, Family.LLADA);
                Decoder decoder = new Decoder(model, new TokenNames(), Optional.empty(), "tiny")) {
            Decoding alone = decoder.start(new int[] {5}, GROWING, config);
            lengths(alone);
            List<Decoding> together = IntStream.of(5, 6, 7)
                    .mapToObj(first -> decoder.start(new int[] {first}, GROWING, config))
                    .toList();
            while (together.stream().anyMatch(decoding -> !decoding.done())) {
                List<Decoding> open =
                        together.stream().filter(decoding -> !decoding.done()).toList();
                model.predict(open.stream().map(Decoding::request).toList());
                open.forEach(Decoding::accept);
            }
            assertThat(together.get(0).tokens()).isEqualTo(alone.tokens());
        }
    }

    @Test
    void aCanvasThatIsFullOrEndedDoesNotGrow() {
        assertThatThrownBy(() -> Draft.masks(4).growing(0)).hasMessageContaining("at least 1");
        Draft fixed = Draft.masks(4);
        assertThat(fixed.grows()).isFalse();
        assertThat(fixed.growth()).isEqualTo(4);
        assertThat(Arrays.asList(GROWING.growth(), GROWING.length())).containsExactly(4, 16);
    }
}
