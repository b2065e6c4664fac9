package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.BlockCache;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.Work;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.CanvasChange.TakeBack;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A prompt of two tokens, eight positions in two blocks; token n reads as its word, 1 is the end. */
class CanvasDrawingTest {
    private static final int PROMPT = 2;
    private static final ModelSpec SPEC =
            Family.LLADA.spec(100, 8, 1, 1, 1, 8, 8, 4096, 10_000, 1e-5, 0, Set.of(1), Set.of(1));
    private static final Map<Integer, String> WORDS = Map.of(2, " one", 3, " two", 4, "teen", 5, "\n");
    private static final ScreenSize SCREEN = new ScreenSize(80, 24);

    private final CanvasDrawing drawing = drawing(8);
    private int steps;

    @Test
    void anUntouchedCanvasShowsItsOpenMasksStrongerThanTheOthers() {
        assertThat(drawing.lines(SCREEN))
                .containsExactly(
                        "\u001b[2m\u2592\u2592 \u2592\u2592 \u2592\u2592 \u2592\u2592 \u2591\u2591 \u2591\u2591"
                                + " \u2591\u2591 \u2591\u2591\u001b[0m",
                        "",
                        "\u001b[2mstep 0 \u2502 forwards 0 \u2502 0.00 tokens per forward \u2502 0 of 8"
                                + " decided\u001b[0m");
    }

    @Test
    void tokensAreBrightForOneStepAndThenPlain() {
        step(10, commit(0, 2), commit(1, 3));
        assertThat(drawing.lines(SCREEN).get(0)).startsWith("\u001b[1;32mone two\u001b[0m\u001b[2m \u2592\u2592");
        step(10, commit(2, 4));
        assertThat(drawing.lines(SCREEN).get(0)).startsWith("one two\u001b[1;32mteen\u001b[0m\u001b[2m \u2592\u2592");
    }

    @Test
    void theNextBlockOpensWhenTheFirstIsDecided() {
        step(10, commit(0, 2), commit(1, 2), commit(2, 2), commit(3, 2));
        assertThat(drawing.lines(SCREEN).get(0))
                .endsWith(" \u2592\u2592 \u2592\u2592 \u2592\u2592 \u2592\u2592\u001b[0m");
    }

    @Test
    void whatStandsBehindATruncationIsGone() {
        step(4, commit(0, 2), commit(1, 1));
        step(4);
        assertThat(drawing.lines(SCREEN))
                .containsExactly(
                        "one\u001b[2m \u00b7\u001b[0m",
                        "",
                        "\u001b[2mstep 2 \u2502 forwards 2 \u2502 0.50 tokens per forward \u2502 2 of 2"
                                + " decided\u001b[0m");
    }

    @Test
    void whatIsBehindAFrozenEndIsNoMaskToFill() {
        Work work = new Work(1, 0, 0, List.of(), 0, 0, 0, 0, 0);
        drawing.follow(new StepReport(
                0, List.of(commit(0, 2), commit(1, 3)), 10, OptionalInt.of(PROMPT + 2), PROMPT + 2, 1, false, work));
        List<String> lines = drawing.lines(new ScreenSize(80, 24));

        assertThat(lines.get(0)).doesNotContain("\u2591").doesNotContain("\u2592");
        assertThat(lines).last().asString().contains("2 of 2 decided");
    }

    @Test
    void aTokenThatIsTakenBackIsAMaskAgain() {
        step(10, commit(0, 2), commit(1, 3));
        List<String> before = drawing.lines(new ScreenSize(80, 24));
        Work work = new Work(2, 0, 0, List.of(), 0, 0, 0, 0, 0);
        drawing.follow(new StepReport(1, List.of(new TakeBack(PROMPT)), 10, OptionalInt.empty(), 2, 0, false, work));

        assertThat(before.get(before.size() - 1)).contains("2 of 8 decided");
        assertThat(drawing.lines(new ScreenSize(80, 24))).last().asString().contains("1 of 8 decided");
    }

    @Test
    void aTokenThatWasReplacedIsStruckForOneStepBeforeTheNewOne() {
        CanvasDrawing edited = new CanvasDrawing(
                new int[PROMPT],
                Draft.masks(8),
                DecodingConfig.DEFAULT
                        .withFrame(new Blocks(4), 8, 8)
                        .withStrategy(UnmaskingStrategy.parse("edit(0.5,post=4,then=topk(4))")),
                SPEC,
                token -> WORDS.getOrDefault(token, "?"));
        edited.follow(report(0, PROMPT, commit(0, 2), commit(1, 2), commit(2, 2), commit(3, 2)));
        assertThat(edited.lines(SCREEN).get(0))
                .endsWith("\u2591\u2591\u001b[0m")
                .doesNotContain("\u2592");
        edited.follow(report(1, PROMPT, new Replace(PROMPT + 1, 2, 3, 1)));
        assertThat(edited.lines(SCREEN).get(0))
                .startsWith("one\u001b[2;9m one\u001b[0m\u001b[1;32m two\u001b[0m one one");
        edited.follow(report(2, PROMPT + 4));
        assertThat(edited.lines(SCREEN).get(0)).startsWith("one two one one\u001b[2m \u2592\u2592");
        assertThat(edited.lines(SCREEN)).last().asString().contains("4 of 8 decided");
    }

    private static StepReport report(int step, int settledEnd, CanvasChange... changes) {
        return new StepReport(
                step,
                List.of(changes),
                PROMPT + 8,
                OptionalInt.empty(),
                settledEnd,
                0,
                false,
                new Work(step + 1, 0, 0, List.of(), 0, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 32, 72})
    void underACacheTheLayersThatWereRefreshedAreABarBelowAllNumbers(int layers) {
        CanvasDrawing cached = cached(layers);
        assertThat(cached.lines(SCREEN)).last().asString().doesNotContain("layers");
        for (int refreshedFrom : new int[] {layers, layers - 1, 0}) {
            Work work = new Work(117, 0, 0, List.of(), 0, 0, 0, 0, 0);
            cached.follow(
                    new StepReport(116, List.of(), PROMPT + 4, OptionalInt.empty(), 0, refreshedFrom, false, work));
            List<String> lines = cached.lines(SCREEN);

            assertThat(lines).last().isEqualTo(bar(refreshedFrom, layers - refreshedFrom));
            assertThat(lines.get(lines.size() - 2))
                    .isEqualTo("\u001b[2mstep 117 \u2502 forwards 117 \u2502 0.00 tokens per forward \u2502 0 of 4"
                            + " decided\u001b[0m");
            assertThat(lines)
                    .allMatch(line -> line.replaceAll("\u001b\\[[0-9;]*m", "").length() < 80);
        }
    }

    /** In 40 columns 32 boxes have room: one for two or three layers of 80, refreshed if one of them was. */
    @Test
    void manyLayersShareTheBoxesThatThereIsRoomFor() {
        CanvasDrawing cached = cached(80);
        ScreenSize narrow = new ScreenSize(40, 24);
        for (var boxes :
                Map.of(80, 32, 79, 31, 78, 31, 77, 30, 40, 16, 1, 0, 0, 0).entrySet()) {
            Work work = new Work(1, 0, 0, List.of(), 0, 0, 0, 0, 0);
            cached.follow(
                    new StepReport(0, List.of(), PROMPT + 4, OptionalInt.empty(), 0, boxes.getKey(), false, work));
            assertThat(cached.lines(narrow)).last().isEqualTo(bar(boxes.getValue(), 32 - boxes.getValue()));
        }
    }

    private static String bar(int reused, int refreshed) {
        return "\u001b[2mlayers " + "\u25af".repeat(reused) + "\u25ae".repeat(refreshed) + "\u001b[0m";
    }

    private static CanvasDrawing cached(int layers) {
        ModelSpec spec = Family.LLADA.spec(100, 8, layers, 1, 1, 8, 8, 4096, 10_000, 1e-5, 0, Set.of(1), Set.of(1));
        DecodingConfig config =
                DecodingConfig.DEFAULT.withFrame(new Blocks(4), 4, 4).withCache(new BlockCache(BlockCache.Reach.DUAL));
        return new CanvasDrawing(new int[PROMPT], Draft.masks(4), config, spec, token -> "?");
    }

    @Test
    void numbersThatDoNotFitAreLeftOut() {
        assertThat(drawing.lines(new ScreenSize(30, 24)))
                .last()
                .isEqualTo("\u001b[2mstep 0 \u2502 forwards 0\u001b[0m");
    }

    @Test
    void aLongCanvasShowsTheStretchAroundItsFirstMask() {
        CanvasDrawing tall = drawing(400);
        ScreenSize small = new ScreenSize(20, 10);
        assertThat(tall.lines(small)).hasSize(8).element(5).asString().contains("\u2026");
        int half = 200;
        tall.follow(new StepReport(
                0,
                IntStream.range(0, half)
                        .<CanvasChange>mapToObj(at -> commit(at, 2))
                        .toList(),
                402,
                OptionalInt.empty(),
                PROMPT + half,
                0,
                false,
                new Work(1, 0, 0, List.of(), 0, 0, 0, 0, 0)));
        List<String> lines = tall.lines(small);
        assertThat(lines).hasSize(8);
        assertThat(lines.get(0)).contains("\u2026");
        assertThat(lines.get(1)).contains("one").doesNotContain("\u2592");
        assertThat(lines.get(3)).contains("\u2592");
        assertThat(lines.get(5)).contains("\u2026");
    }

    @Test
    void aLineFeedInATokenBreaksTheLine() {
        step(10, commit(0, 2), commit(1, 5), commit(2, 3));
        step(10);
        assertThat(drawing.lines(SCREEN))
                .startsWith("one")
                .element(1)
                .asString()
                .startsWith(" two");
    }

    private static CanvasDrawing drawing(int genLength) {
        DecodingConfig config = DecodingConfig.DEFAULT.withFrame(new Blocks(4), genLength, genLength);
        return new CanvasDrawing(
                new int[PROMPT],
                Draft.masks(config.genLength()),
                config,
                SPEC,
                token -> WORDS.getOrDefault(token, "?"));
    }

    private void step(int length, Commit... commits) {
        steps++;
        drawing.follow(new StepReport(
                steps - 1,
                List.of(commits),
                length,
                OptionalInt.empty(),
                0,
                1,
                false,
                new Work(steps, 0, 0, List.of(), 0, 0, 0, 0, 0)));
    }

    private static Commit commit(int offset, int token) {
        return new Commit(PROMPT + offset, token, 1);
    }
}
