package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.decoder.testing.TinyFamilies;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy {@code blocks} in whole decodings, on random models of three layers that see blocks of four. */
class FinalBlocksDecodingTest {
    private static final int BLOCK = 4;
    private static final List<String> EXACT = List.of("blocks", "blocks(clean=apart)", "blocks(clean=lmdeploy)");

    @TempDir
    static Path folder;

    private static OnnxModel start;
    private static OnnxModel answer;
    private static OnnxModel shifted;
    /** Its rows choose experts. */
    private static OnnxModel experts;

    @BeforeAll
    static void open() {
        start = open("start", Family.LLADA, Origin.START);
        answer = open("answer", Family.LLADA, Origin.ANSWER);
        shifted = open("shifted", Family.DREAM, Origin.START);
        Path checkpoint = TinyFamilies.llada2(folder.resolve("llada2"));
        experts = OnnxModel.open(TinyModels.convert(folder.resolve("experts"), checkpoint), RuntimeOptions.DEFAULT);
    }

    private static OnnxModel open(String name, Family family, Origin origin) {
        return TinyModels.open(folder.resolve(name), family, new Sight.BlockCausal(BLOCK, origin));
    }

    @AfterAll
    static void close() {
        start.close();
        answer.close();
        shifted.close();
        experts.close();
    }

    static Stream<String> strategies() {
        return Stream.of(
                "threshold(0.9)",
                "threshold(0.05)",
                "entropy(3)",
                "factor(1)",
                "hierarchy(0.05,low=0.02)",
                "filter(path=" + FilterFiles.write(folder, 24) + ",accept=0.0000005)",
                "credit",
                "revise(commit=0.05,keep=0.02)",
                "revise(commit=0.9,keep=0.9)",
                "edit(0.02,post=5,then=threshold(0.05))",
                "edit(0,post=2,reading=sglang,then=topk(3))",
                "credit(then=edit(0.03,post=2,reading=hf,then=topk(3)))",
                "schedule",
                "topk(2)",
                "random",
                "dream-schedule(by=confidence,alg-temp=0.5)",
                "dream-threshold(0.05)");
    }

    /** Nothing is an approximation: whatever the window, every commit is that of computing every row, to the bit. */
    @ParameterizedTest
    @MethodSource("strategies")
    void everyAnswerIsThatWithoutCacheToTheBit(String strategy) {
        for (OnnxModel model : List.of(start, answer, shifted, experts)) {
            for (Window window : List.of(new Blocks(8), new Leftmost(6), new WholeCanvas())) {
                for (int length : new int[] {0, 3, 8}) {
                    DecodingConfig config = config("none", window).withStrategy(UnmaskingStrategy.parse(strategy));
                    int[] prompt = prompt(length);
                    assertThat(commits(new Decoding(model, prompt, config.withCache(CacheSpec.parse("blocks")))))
                            .as("%s, prompt of %d, %s", window, length, model.spec())
                            .isEqualTo(commits(new Decoding(model, prompt, config)));
                }
            }
        }
    }

    /** Forwards that decode nothing change no commit; draws are counted by forwards, and so not compared. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "threshold(0.05)",
                "credit",
                "schedule",
                "topk(1)",
                "revise(commit=0.9,keep=0.9)",
                "edit(0.02,post=3,then=topk(3))"
            })
    void finishedRowsApartGiveTheAnswerOfThoseThatTravel(String strategy) {
        for (OnnxModel model : List.of(start, answer, shifted, experts)) {
            for (Window window : List.of(new Blocks(4), new Leftmost(6))) {
                for (String stop : List.of("full", "eot", "eos-freeze")) {
                    List<List<String>> answers = new ArrayList<>();
                    for (String cache : EXACT) {
                        DecodingConfig config = config(cache, window)
                                .withStrategy(UnmaskingStrategy.parse(strategy))
                                .withStop(StopRule.parse(stop));
                        answers.add(commits(new Decoding(model, prompt(9), config)));
                    }
                    assertThat(answers).as("%s, %s", window, stop).containsOnly(answers.get(0));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void everyPolicyOfABlockModelAnswersWithinItsBound(String strategy) {
        for (OnnxModel model : List.of(start, shifted, experts)) {
            List<String> caches = new ArrayList<>(EXACT);
            caches.addAll(List.of("prefix", "dual", "dllm-cache(prompt=9,response=4)", "blocks(inside=kept)"));
            if (model == shifted) {
                caches.addAll(List.of("blocks(first=alone)", "blocks(clean=apart,first=alone,inside=kept)"));
            }
            for (String cache : caches) {
                for (Window window : List.of(new Blocks(8), new Leftmost(5))) {
                    for (String stop : List.of("full", "eotp", "eos-freeze")) {
                        DecodingConfig config = config(cache, window)
                                .withStrategy(UnmaskingStrategy.parse(strategy))
                                .withStop(StopRule.parse(stop));
                        Decoding decoding = new Decoding(model, prompt(6), config);
                        decoding.steps().forEach(report -> {});
                        assertThat(decoding.finishReason()).isNotEqualTo(FinishReason.CANCELLED);
                        assertThat((long) decoding.work().forwards()).isBetween(1L, decoding.mostForwards());
                        assertThat(decoding.work().rowsComputed())
                                .isBetween(1L, decoding.work().rowsFull());
                    }
                }
            }
        }
    }

    /** SDAR's worked example: a prompt of 10 and 18 masks, one token a forward. */
    @ParameterizedTest
    @CsvSource({
        // Four rows a mask; those of a finished block once more, four times, and the prompt's eight once.
        "blocks, 18, 96",
        "blocks(clean=apart), 24, 100",
        "blocks(clean=lmdeploy), 22, 96",
    })
    void forwardsAndRowsAreThoseOfTheWorkedExample(String cache, int forwards, int rows) {
        DecodingConfig config = config(cache, new Leftmost(1)).withFrame(new Leftmost(1), 18, 18);
        Decoding decoding = new Decoding(start, prompt(10), config);
        decoding.steps().forEach(report -> {});

        assertThat(decoding.work().forwards()).isEqualTo(forwards);
        assertThat(decoding.work().rowsComputed()).isEqualTo(rows);
        assertThat(decoding.work().layersRefreshed()).isZero();
        assertThat(decoding.mostForwards()).isEqualTo(cache.equals("blocks") ? 18 : 18 + 1 + 5);
    }

    /** Blocks counted from the prompt's end: the whole prompt is finished at once. */
    @Test
    void countedFromTheAnswerThePromptIsOneForward() {
        Decoding decoding = new Decoding(
                answer,
                prompt(10),
                config("blocks(clean=apart)", new Leftmost(1)).withFrame(new Leftmost(1), 6, 6));

        assertThat(decoding.step().commits()).isEmpty();
        assertThat(decoding.work().rowsComputed()).isEqualTo(10);
        decoding.steps().forEach(report -> {});
        // Four masks, the block's own forward, the last two masks, and their block's.
        assertThat(decoding.work().forwards()).isEqualTo(1 + 5 + 3);
    }

    @Test
    void underFirstAloneABlocksFirstTokenComesOfTheFinishedRows() {
        DecodingConfig config = config("blocks(first=alone)", new Blocks(4))
                .withFrame(new Blocks(4), 8, 8)
                .withStrategy(UnmaskingStrategy.parse("threshold(0)"));
        List<StepReport> reports =
                new Decoding(shifted, prompt(8), config).steps().toList();

        assertThat(reports)
                .extracting(report ->
                        report.commits().stream().map(Commit::position).toList())
                .containsExactly(List.of(8), List.of(9, 10, 11), List.of(12), List.of(13, 14, 15));
        assertThat(reports).extracting(report -> report.work().rowsComputed()).containsExactly(8L, 12L, 16L, 20L);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void sequencesOfDifferentPoliciesShareForwardsWithoutANumberChanging(Family family) {
        OnnxModel model = family == Family.LLADA ? start : shifted;
        List<String> caches = new ArrayList<>(EXACT);
        caches.addAll(List.of("none", "prefix", "dual", "dllm-cache(prompt=9,response=4)", "blocks(inside=kept)"));
        Cases.check(8, seed -> {
            Random random = new Random(seed);
            List<Decoding> together = new ArrayList<>();
            List<List<String>> alone = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String cache = i == 0 ? "blocks" : caches.get(random.nextInt(caches.size()));
                int[] prompt = random.ints(1 + random.nextInt(12), 0, 90).toArray();
                DecodingConfig config = config(cache, new Leftmost(2 + random.nextInt(6)));
                together.add(new Decoding(model, prompt, config));
                alone.add(commits(new Decoding(model, prompt, config)));
            }
            assertThat(commits(model, together)).isEqualTo(alone);
        });
    }

    /** Eight at once in a cache for three whose freed buffers are filled with NaN: rows that are lost change no bit. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void evictionChangesNoAnswer(Family family) {
        OnnxModel model = family == Family.LLADA ? start : shifted;
        Random random = new Random(7);
        LayerCache cache = new LayerCache(100 << 10, FinalBlocksDecodingTest::poison);
        Map<Decoding, List<String>> expected = new LinkedHashMap<>();
        Map<Decoding, List<String>> made = new LinkedHashMap<>();
        StepScheduler scheduler = new StepScheduler(model);
        for (int i = 0; i < 8; i++) {
            int[] prompt = random.ints(1 + random.nextInt(30), 0, 90).toArray();
            DecodingConfig config =
                    config(EXACT.get(i % 3), new Leftmost(6)).withStrategy(UnmaskingStrategy.parse("topk(1)"));
            Decoding decoding = new Decoding(model, prompt, Draft.masks(24), config, cache);
            expected.put(decoding, commits(new Decoding(model, prompt, config.withCache(CacheSpec.parse("none")))));
            made.put(decoding, new ArrayList<>());
            scheduler.join(decoding);
        }
        while (!scheduler.active().isEmpty()) {
            for (Outcome outcome : scheduler.step()) {
                note(((Outcome.Advanced) outcome).report(), Objects.requireNonNull(made.get(outcome.decoding())));
            }
            assertThat(cache.liveBytes()).isLessThanOrEqualTo(cache.budgetBytes());
            if (random.nextInt(10) == 0) {
                cache.evictAll();
            }
        }
        assertThat(made).isEqualTo(expected);
        assertThat(cache.statistics().missCount()).isGreaterThan(20);
        assertThat(cache.statistics().hitCount()).isGreaterThan(20);
        assertThat(made.keySet())
                .allSatisfy(decoding ->
                        assertThat((long) decoding.work().forwards()).isLessThanOrEqualTo(decoding.mostForwards()));
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocks", "blocks(clean=apart)"})
    void withoutABudgetEveryForwardComputesUpToTheOpenBlock(String policy) {
        LayerCache cache = new LayerCache(0);
        DecodingConfig config = config(policy, new Leftmost(1));
        Decoding decoding = new Decoding(start, prompt(6), Draft.masks(24), config, cache);

        List<String> commits = commits(decoding);

        assertThat(commits)
                .isEqualTo(commits(new Decoding(start, prompt(6), config.withCache(CacheSpec.parse("none")))));
        assertThat(decoding.work().rowsComputed())
                .isLessThan(decoding.work().rowsFull())
                .isGreaterThan(decoding.work().rowsFull() / 2);
    }

    @Test
    void aCancelledSequenceFreesItsRows() {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        DecodingConfig config = config("blocks", new Leftmost(6));
        Decoding underWay = new Decoding(start, prompt(6), Draft.masks(24), config, cache);
        underWay.step();
        RowRequest request = underWay.request();
        underWay.cancel();
        start.predict(new ArrayList<>(List.of(request)));
        underWay.accept();
        assertThat(cache.liveBytes()).isZero();
    }

    /** Every forward for two fails and is made by each alone, from rows computed anew. */
    @ParameterizedTest
    @ValueSource(strings = {"blocks", "blocks(clean=apart)"})
    void aForwardMadeAgainDecodesTheSame(String policy) {
        DecodingConfig config = config(policy, new Leftmost(6));
        List<String> alone = commits(new Decoding(start, prompt(6), config));

        List<List<String>> both = commits(
                new Lonely(start),
                List.of(new Decoding(start, prompt(6), config), new Decoding(start, prompt(6), config)));

        assertThat(both).containsExactly(alone, alone);
    }

    /** What was decoded before stays kept; blocks that a longer canvas completes are computed again. */
    @Test
    void aGrowingCanvasGoesOn() {
        for (OnnxModel model : List.of(start, answer, shifted, experts)) {
            for (int growth : new int[] {4, 6}) {
                Draft draft = Draft.masks(10).thenText(5, 6, 7).thenMasks(11).growing(growth);
                DecodingConfig config = config("blocks", new Leftmost(4));
                Decoding growing = new Decoding(model, prompt(21), draft, config);
                List<StepReport> reports = growing.steps().toList();
                List<String> commits = new ArrayList<>();
                reports.forEach(report -> note(report, commits));

                assertThat(commits)
                        .isEqualTo(commits(
                                new Decoding(model, prompt(21), draft, config.withCache(CacheSpec.parse("none")))));
                assertThat(reports.get(0).length()).isLessThan(21 + 24);
                assertThat(reports.get(reports.size() - 1).length()).isEqualTo(21 + 24);
                // Of the first forward are the prompt's rows, and of no other.
                long first = reports.get(0).work().rowsComputed();
                assertThat(growing.work().rowsComputed() - first).isLessThan(16L * (reports.size() - 1));
            }
        }
    }

    @Test
    void aGrowingCanvasIsEditedAsWithoutCache() {
        UnmaskingStrategy edit = UnmaskingStrategy.parse("edit(0.02,post=3,then=topk(3))");
        for (OnnxModel model : List.of(start, answer, shifted)) {
            Draft draft = Draft.masks(10).thenText(5, 6, 7).thenMasks(11).growing(6);
            DecodingConfig config = config("blocks", new Leftmost(4)).withStrategy(edit);
            Decoding growing = new Decoding(model, prompt(21), draft, config);
            List<StepReport> reports = growing.steps().toList();

            assertThat(reports.stream().map(StepReport::changes))
                    .isEqualTo(new Decoding(model, prompt(21), draft, config.withCache(CacheSpec.parse("none")))
                            .steps()
                            .map(StepReport::changes)
                            .toList());
            assertThat(reports).anyMatch(report -> !report.edits().isEmpty());
            assertThat(reports.get(reports.size() - 1).length()).isEqualTo(21 + 24);
        }
    }

    @Test
    void drawsAreThoseWithoutCache() {
        DecodingConfig config = config("blocks", new Leftmost(6)).withSampling(new Sampling(1, 0, 0.9, 7));

        assertThat(commits(new Decoding(start, prompt(6), config)))
                .isEqualTo(commits(new Decoding(start, prompt(6), config.withCache(CacheSpec.parse("none")))));
    }

    @Test
    void aPolicyThatReliesOnWhatAModelDoesNotDoIsRefused() {
        assertThatThrownBy(() -> new Decoding(start, prompt(6), config("elastic", new Leftmost(6))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(
                        "and rows of the model see no later block, so that finished blocks never drift; use"
                                + " cache blocks, which keeps them exactly");
        assertThatThrownBy(() -> CacheSpec.requireFit(CacheSpec.parse("blocks(first=alone)"), start.spec()))
                .hasMessageEndingWith("use first=together");
        CacheSpec.requireFit(CacheSpec.parse("blocks(first=alone)"), shifted.spec());
        CacheSpec.requireFit(CacheSpec.parse("dual"), start.spec());
    }

    private static int[] prompt(int length) {
        return new Random(length).ints(length, 0, 90).toArray();
    }

    private static DecodingConfig config(String cache, Window window) {
        return DecodingConfig.DEFAULT
                .withStop(StopRule.parse("full"))
                .withFrame(window, 24, 24)
                .withStrategy(UnmaskingStrategy.parse("threshold(0.05)"))
                .withCache(CacheSpec.parse(cache));
    }

    /** What each forward changed, to the bit, but for those that changed nothing. */
    private static List<String> commits(Decoding decoding) {
        List<String> commits = new ArrayList<>();
        decoding.steps().forEach(report -> note(report, commits));
        return commits;
    }

    private static void note(StepReport report, List<String> commits) {
        if (!report.changes().isEmpty()) {
            commits.add(report.changes().toString());
        }
    }

    private static List<List<String>> commits(MaskPredictor model, List<Decoding> decodings) {
        Map<Decoding, List<String>> commits = new LinkedHashMap<>();
        StepScheduler scheduler = new StepScheduler(model);
        decodings.forEach(decoding -> {
            commits.put(decoding, new ArrayList<>());
            scheduler.join(decoding);
        });
        while (!scheduler.active().isEmpty()) {
            for (Outcome outcome : scheduler.step()) {
                note(((Outcome.Advanced) outcome).report(), Objects.requireNonNull(commits.get(outcome.decoding())));
            }
        }
        return List.copyOf(commits.values());
    }

    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += Float.BYTES) {
            buffer.putFloat(i, Float.NaN);
        }
    }

    /** Another model, which fails where it is asked for more than one sequence. */
    private record Lonely(MaskPredictor model) implements MaskPredictor {
        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            if (requests.size() > 1) {
                throw new ModelException("the session failed");
            }
            model.predict(requests);
        }

        @Override
        public void close() {}
    }
}
