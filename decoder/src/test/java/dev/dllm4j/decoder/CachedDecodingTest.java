package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.BlockCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WatchedPolicy;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
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

/** What the refresh policies do to whole decodings, on random models of three layers with grouped queries. */
class CachedDecodingTest {
    private static final int LAYERS = 3;
    private static final int[] PROMPT = {5, 17, 3, 44, 9, 21};
    private static final List<String> CACHES = List.of(
            "none",
            "prefix",
            "dual",
            "dual(empty=skipped)",
            "elastic",
            "elastic(gamma=1.5,track=2)",
            "elastic(gamma=-2)",
            "dllm-cache(prompt=9,response=4)",
            "elastic(gamma=0.95,along=keys,block-caching=off)");

    @TempDir
    static Path folder;

    private static OnnxModel llada;
    private static OnnxModel dream;

    @BeforeAll
    static void open() {
        llada = TinyModels.open(folder.resolve("llada"), Family.LLADA);
        dream = TinyModels.open(folder.resolve("dream"), Family.DREAM);
    }

    @AfterAll
    static void close() {
        llada.close();
        dream.close();
    }

    static Stream<String> strategies() {
        return Stream.of(
                "threshold(0.9)",
                "threshold(0.05)",
                "threshold(0.05,ties=all)",
                "entropy(3)",
                "entropy(3,equal=waits)",
                "factor(1)",
                "hierarchy(0.05,low=0.02)",
                "filter(path=" + FilterFiles.write(folder, 24) + ",accept=0.0000005)",
                "credit",
                "credit(preset=adaptive)",
                "credit(then=schedule)",
                "revise(commit=0.05,keep=0.02)",
                "credit(then=revise(commit=0.05,keep=0.02))",
                "edit(0.02,post=3,then=topk(3))",
                "schedule",
                "schedule(by=margin)",
                "schedule(by=entropy)",
                "topk(2)",
                "random",
                "dream-schedule",
                "dream-schedule(by=confidence,alg-temp=0.5)",
                "dream-schedule(by=margin)",
                "dream-threshold(0.05)");
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aPolicyForcedToRefreshEveryForwardDecodesAsWithoutCache(String strategy) {
        for (Window window : List.of(new Blocks(8), new Leftmost(8))) {
            List<String> expected = commits(llada, config(strategy, window, CacheSpec.parse("none")));
            for (String cache : CACHES) {
                RefreshPolicy forced = new WatchedPolicy(CacheSpec.parse(cache), forward -> true);
                assertThat(commits(llada, config(strategy, window, forced)))
                        .as("%s, %s", cache, window)
                        .isEqualTo(expected);
            }
            List<String> expectedOfDream = commits(dream, config(strategy, window, CacheSpec.parse("none")));
            for (String cache : List.of("elastic", "elastic(block-caching=off)", "dllm-cache")) {
                RefreshPolicy forced = new WatchedPolicy(CacheSpec.parse(cache), forward -> true);
                assertThat(commits(dream, config(strategy, window, forced)))
                        .as("%s, %s on Dream", cache, window)
                        .isEqualTo(expectedOfDream);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void everyPolicyAnswersUnderEveryStrategyWindowAndStopRule(String strategy) {
        for (OnnxModel model : List.of(llada, dream)) {
            for (Window window : List.of(new Blocks(8), new Leftmost(5), new WholeCanvas())) {
                for (String cache : CACHES) {
                    for (String stop : List.of("full", "eot", "eotp", "eos-freeze")) {
                        DecodingConfig config =
                                config(strategy, window, CacheSpec.parse(cache)).withStop(StopRule.parse(stop));
                        Decoding decoding = new Decoding(model, PROMPT, config);
                        while (!decoding.done()) {
                            decoding.step();
                        }
                        assertThat(decoding.finishReason()).isNotEqualTo(FinishReason.CANCELLED);
                        assertThat((long) decoding.work().forwards()).isBetween(1L, decoding.mostForwards());
                        assertThat(decoding.work().rowsComputed())
                                .isBetween(1L, decoding.work().rowsFull());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prefix", "dual"})
    void theForwardThatEntersABlockThatIsTheCanvasDecodesAsWithoutCache(String cache) {
        for (String strategy : List.of("threshold(0.05)", "entropy(3)", "factor(1)", "schedule", "topk(2)")) {
            DecodingConfig config = config(strategy, new Blocks(24), CacheSpec.parse("none"));

            assertThat(new Decoding(llada, PROMPT, config.withCache(CacheSpec.parse(cache)))
                            .step()
                            .commits())
                    .isEqualTo(new Decoding(llada, PROMPT, config).step().commits());
        }
    }

    /** However sure the model is: the forward that enters a block, and one more. */
    @ParameterizedTest
    @ValueSource(strings = {"prefix", "dual"})
    void aBlockTakesAtLeastTwoForwards(String cache) {
        for (double threshold : List.of(0.0, 0.05, 0.9)) {
            Decoding decoding = new Decoding(
                    llada, PROMPT, config("threshold(" + threshold + ")", new Blocks(8), CacheSpec.parse(cache)));
            decoding.steps().forEach(report -> {});

            assertThat(decoding.work().forwards()).isGreaterThanOrEqualTo(2 * 3);
        }
        Decoding sure = new Decoding(llada, PROMPT, config("threshold(0)", new Blocks(8), CacheSpec.parse(cache)));
        sure.steps().forEach(report -> {});
        assertThat(sure.work().forwards()).isEqualTo(2 * 3);
    }

    /** 24 masks in three blocks. */
    @ParameterizedTest
    @CsvSource({
        "threshold, none, 24",
        "threshold, dual, 27",
        "threshold, prefix(empty=skipped), 24",
        "threshold, elastic, 24",
        "threshold, 'elastic(prefix-reuse=on)', 25",
        "revise, prefix, 75",
        "dream-schedule, none, 45",
        "credit(then=revise), none, 72"
    })
    void theBoundOnForwardsIsKnownAtTheStart(String strategy, String cache, long most) {
        Decoding decoding = new Decoding(llada, PROMPT, config(strategy, new Blocks(8), CacheSpec.parse(cache)));

        assertThat(decoding.mostForwards()).isEqualTo(most);
    }

    /** Text between slots is no mask: it is computed in full forwards and read from kept rows otherwise. */
    @ParameterizedTest
    @MethodSource("strategies")
    void everyPolicyFillsSlotsAndForcedToRefreshFillsThemAsWithoutCache(String strategy) {
        Draft draft = Draft.text(7, 8)
                .thenMasks(7)
                .thenText(9, 10, 11)
                .thenMasks(9)
                .thenText(12)
                .thenMasks(2);
        for (Window window : List.of(new Blocks(8), new Leftmost(8))) {
            for (String cache : CACHES) {
                DecodingConfig config = config(strategy, window, CacheSpec.parse(cache));
                Decoding filled = new Decoding(llada, PROMPT, draft, config);
                filled.steps().forEach(report -> {});
                assertThat(filled.tokens())
                        .startsWith(5, 17, 3, 44, 9, 21, 7, 8)
                        .doesNotContain(maskOf(llada));
                assertThat(Arrays.copyOfRange(filled.tokens(), 15, 18)).containsExactly(9, 10, 11);

                RefreshPolicy forced = new WatchedPolicy(CacheSpec.parse(cache), forward -> true);
                assertThat(commits(new Decoding(llada, PROMPT, draft, config.withCache(forced))))
                        .as("%s, %s", cache, window)
                        .isEqualTo(
                                commits(new Decoding(llada, PROMPT, draft, config.withCache(CacheSpec.parse("none")))));
            }
        }
    }

    /** Under every cache tokens are taken back, and the positions are computed anew once they are. */
    @ParameterizedTest
    @MethodSource("caches")
    void whatIsTakenBackIsComputedAndDecodedAgain(String cache) {
        WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse(cache));
        Decoding decoding = new Decoding(llada, PROMPT, config("revise(commit=0.9,keep=0.9)", new Blocks(8), policy));
        List<Integer> back = List.of();
        int takenBack = 0;
        while (!decoding.done()) {
            StepReport report = decoding.step();
            List<WatchedPolicy.Seen> forwards = policy.forwards();
            assertThat(forwards.get(forwards.size() - 1).rows()).containsAll(back);
            back = report.takenBack();
            takenBack += back.size();
        }
        assertThat(takenBack).isGreaterThan(10);
        assertThat(decoding.tokens()).doesNotContain(maskOf(llada));
    }

    static List<String> caches() {
        return CACHES;
    }

    private static int maskOf(OnnxModel model) {
        return model.spec().maskToken();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void sequencesOfDifferentPoliciesShareForwardsWithoutANumberChanging(Family family) {
        OnnxModel model = family == Family.LLADA ? llada : dream;
        Cases.check(8, seed -> {
            Random random = new Random(seed);
            List<Decoding> together = new ArrayList<>();
            List<List<String>> alone = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String cache = CACHES.get(random.nextInt(CACHES.size()));
                int[] prompt = random.ints(1 + random.nextInt(12), 0, 90).toArray();
                DecodingConfig config =
                        config("threshold(0.05)", new Leftmost(4 + random.nextInt(6)), CacheSpec.parse(cache));
                together.add(new Decoding(model, prompt, config));
                alone.add(commits(new Decoding(model, prompt, config)));
            }
            assertThat(commits(model, together)).isEqualTo(alone);
        });
    }

    /** Property 3 of Elastic-Cache: the first forward is the one without cache. */
    @Test
    void theFirstForwardOfEveryPolicyIsTheOneWithoutCacheToTheBit() {
        List<Commit> expected =
                new Decoding(llada, PROMPT, elastic("none", 8)).step().commits();
        for (String cache : CACHES) {
            assertThat(new Decoding(llada, PROMPT, elastic(cache, 8)).step().commits())
                    .isEqualTo(expected);
        }
    }

    /** Property 4: with gamma below −1 only tracked, committed and window rows are computed after the first forward. */
    @Test
    void withoutATriggerAForwardHasFewRowsAndRefreshesNoLayer() {
        WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse("elastic(gamma=-2)"));
        Decoding decoding = new Decoding(llada, PROMPT, config("topk(2)", new Leftmost(5), policy));
        decoding.step();
        while (!decoding.done()) {
            long before = decoding.work().layersRefreshed();
            decoding.step();
            assertThat(decoding.work().layersRefreshed()).isEqualTo(before);
        }
        assertThat(policy.forwards().stream().skip(1))
                .allMatch(seen -> seen.rows().size() <= LAYERS + 2 + 5);
        assertThat(decoding.work().layersRefreshed()).isEqualTo(LAYERS);
    }

    /** Property 5: a trigger behind layer b refreshes the L − b − 1 layers behind it; behind the last layer none. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aTriggerRefreshesTheLayersBehindIt(int trigger) {
        WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse("elastic(gamma=-2)"), forward -> false, trigger);
        Decoding decoding = new Decoding(llada, PROMPT, config("topk(2)", new Leftmost(5), policy));
        decoding.step();
        Work before = decoding.work();
        decoding.step();

        int refreshed = LAYERS - trigger - 1;
        WatchedPolicy.Seen seen = policy.forwards().get(1);
        assertThat(decoding.work().layersRefreshed() - before.layersRefreshed()).isEqualTo(refreshed);
        assertThat(seen.similarities()).hasSize(trigger + 1);
        int length = decoding.tokens().length;
        long layerRows = (long) (LAYERS - refreshed) * seen.rows().size() + (long) refreshed * length;
        assertThat(decoding.work().rowsComputed() - before.rowsComputed())
                .isEqualTo(Math.round(layerRows / (double) LAYERS));
    }

    /**
     * As many queries as positions are no refresh: what a forward is, its plan says, not its number of rows. Every
     * row being computed from its token, the answer is that without cache.
     */
    @Test
    void queryingEveryPositionIsStillReuse() {
        int[] prompt = {5};
        WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse("elastic(gamma=-2)"));
        Decoding decoding = new Decoding(llada, prompt, config("topk(1)", new Leftmost(100), policy));
        Decoding plain = new Decoding(llada, prompt, config("topk(1)", new Leftmost(100), CacheSpec.parse("none")));
        decoding.step();
        plain.step();

        StepReport report = decoding.step();
        WatchedPolicy.Seen seen = policy.forwards().get(1);
        assertThat(seen.rows()).hasSize(decoding.tokens().length);
        assertThat(seen.plan().refreshFrom()).isGreaterThanOrEqualTo(LAYERS);
        assertThat(seen.similarities()).hasSize(LAYERS);
        Commit expected = plain.step().commits().get(0);
        assertThat(report.commits().get(0).position()).isEqualTo(expected.position());
        assertThat(report.commits().get(0).token()).isEqualTo(expected.token());
    }

    /** The same with a trigger: rows that are all computed anyway are the same with a refresh of the layers behind. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void queryingEveryPositionWithATriggerCountsAsARefreshOfTheLayersBehindIt(int trigger) {
        int[] prompt = {5};
        WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse("elastic(gamma=-2)"), forward -> false, trigger);
        Decoding decoding = new Decoding(llada, prompt, config("topk(1)", new Leftmost(100), policy));
        Decoding plain = new Decoding(llada, prompt, config("topk(1)", new Leftmost(100), CacheSpec.parse("none")));
        decoding.step();
        plain.step();

        StepReport report = decoding.step();
        WatchedPolicy.Seen seen = policy.forwards().get(1);
        assertThat(seen.rows()).hasSize(decoding.tokens().length);
        assertThat(seen.similarities()).hasSize(trigger + 1);
        assertThat(report.refreshedFrom()).isEqualTo(trigger + 1);
        assertThat(report.work().layersRefreshed()).isEqualTo(LAYERS + LAYERS - trigger - 1);
        assertThat(report.work().rowsComputed()).isEqualTo(report.work().rowsFull());
        Commit expected = plain.step().commits().get(0);
        assertThat(report.commits().get(0).position()).isEqualTo(expected.position());
        assertThat(report.commits().get(0).token()).isEqualTo(expected.token());
    }

    /** Property 9: masks 10, 11 and 14 in a window of two are predicted by rows 9 and 10; row 11 is not computed. */
    @Test
    void underShiftedLogitsTheRowsBeforeTheWindowAreComputed() {
        WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse("elastic(gamma=-2)"));
        Decoding decoding = new Decoding(dream, PROMPT, config("threshold(2)", new Leftmost(2), policy));
        decoding.step();
        StepReport second = decoding.step();

        List<Integer> masks = new ArrayList<>(List.of(6, 7, 8));
        masks.remove(Integer.valueOf(decodedFirst(decoding, second)));
        WatchedPolicy.Seen seen = policy.forwards().get(1);
        List<Integer> behind =
                seen.rows().subList(seen.compared().size(), seen.rows().size());
        assertThat(behind).contains(masks.get(0) - 1, masks.get(1) - 1).doesNotContain(masks.get(1));
        assertThat(second.commits()).allMatch(commit -> masks.subList(0, 2).contains(commit.position()));
    }

    /** The position that the first of two steps decoded. */
    private static int decodedFirst(Decoding decoding, StepReport second) {
        int[] tokens = decoding.tokens();
        for (int position = PROMPT.length; ; position++) {
            int at = position;
            boolean decoded = tokens[at] != dream.spec().maskToken();
            if (decoded && second.commits().stream().noneMatch(commit -> commit.position() == at)) {
                return at;
            }
        }
    }

    /**
     * A filter judges committed positions, too, and so does a strategy that revises; what is computed for them besides
     * is not summed for the choice of tracked tokens, which is the masks' with block caching off.
     */
    @ParameterizedTest
    @CsvSource({"LLADA,on", "LLADA,off", "DREAM,on", "DREAM,off"})
    void underElasticAStrategySeesTheWholeBlockIfItAsksForIt(Family family, String blockCaching) {
        OnnxModel model = family == Family.LLADA ? llada : dream;
        int mask = maskOf(model);
        for (String strategy :
                List.of("filter(path=" + FilterFiles.write(folder, 16) + ",accept=1)", "revise(commit=0.9,keep=0)")) {
            WatchedPolicy policy =
                    new WatchedPolicy(CacheSpec.parse("elastic(gamma=-2,block-caching=" + blockCaching + ")"));
            Decoding decoding = new Decoding(model, PROMPT, config(strategy, new Blocks(8), policy));
            decoding.step();
            for (int forward = 1; forward < 5; forward++) {
                int[] before = decoding.tokens();
                assertThat(decoding.step().commits()).hasSize(1);
                List<Integer> block = IntStream.range(PROMPT.length, PROMPT.length + 8)
                        .map(family::predictorOf)
                        .boxed()
                        .toList();
                WatchedPolicy.Seen seen = policy.forwards().get(forward);
                assertThat(seen.rows()).containsAll(block).doesNotHaveDuplicates();
                if (blockCaching.equals("off")) {
                    List<Integer> masks = IntStream.range(0, before.length)
                            .filter(position -> before[position] == mask)
                            .map(family::predictorOf)
                            .boxed()
                            .toList();
                    assertThat(seen.summed()).isEqualTo(masks);
                }
            }
        }
    }

    /** Elastic's own window slides over the whole generation area, which is more than a filter of this width judges. */
    @Test
    void withoutAWindowOfItsOwnAFilterIsRefusedUnderElastic() {
        RefreshPolicy elastic = CacheSpec.parse("elastic");
        String filter = "filter(path=" + FilterFiles.write(folder, 8) + ")";

        assertThatThrownBy(() -> config(filter, CacheSpec.window(elastic, new Blocks(8)), elastic))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the window opens parts of 24 positions; the filter judges 8 at most, so use window"
                        + " blocks(8)");
    }

    @Test
    void endOfTextPredictionUnderACacheSeesWhatIsComputed() {
        for (String cache : CACHES) {
            WatchedPolicy policy = new WatchedPolicy(CacheSpec.parse(cache));
            DecodingConfig config = config("topk(1)", new Blocks(8), policy).withStop(StopRule.parse("eotp"));
            Decoding decoding = new Decoding(llada, PROMPT, config);
            int length = decoding.tokens().length;
            while (!decoding.done()) {
                StepReport report = decoding.step();
                assertThat(report.length()).isLessThanOrEqualTo(length);
                length = report.length();
                int end = length;
                List<WatchedPolicy.Seen> forwards = policy.forwards();
                assertThat(forwards.get(forwards.size() - 1).rows())
                        .allMatch(row -> row < Math.max(end, PROMPT.length + 24));
            }
        }
    }

    @Test
    void guidanceAndKeptRowsRefuseEachOther() {
        DecodingConfig guided = DecodingConfig.DEFAULT.withGuidance(1.5);

        for (String cache : CACHES.subList(1, CACHES.size())) {
            assertThatThrownBy(() -> guided.withCache(CacheSpec.parse(cache)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("guidance is 1.5 and cache " + CacheSpec.parse(cache)
                            + "; rows are kept of one canvas and guidance runs two, so use cache none");
        }
    }

    @Test
    void underATemperatureTheDrawsAreTheSameWhateverTheCache() {
        DecodingConfig config = config("topk(1)", new Blocks(8), new BlockCache(BlockCache.Reach.DUAL))
                .withSampling(new Sampling(1, 0, 1, 7));

        assertThat(new Decoding(llada, PROMPT, config).step().commits())
                .isEqualTo(new Decoding(llada, PROMPT, config.withCache(CacheSpec.parse("none")))
                        .step()
                        .commits());
    }

    private static DecodingConfig elastic(String cache, int window) {
        return config("threshold(0.02)", new Leftmost(window), CacheSpec.parse(cache));
    }

    private static DecodingConfig config(String strategy, Window window, RefreshPolicy cache) {
        return DecodingConfig.DEFAULT
                .withStop(StopRule.parse("full"))
                .withFrame(window, 24, 24)
                .withStrategy(UnmaskingStrategy.parse(strategy))
                .withCache(cache);
    }

    private static List<String> commits(OnnxModel model, DecodingConfig config) {
        return commits(new Decoding(model, PROMPT, config));
    }

    /** What each forward committed, to the bit, but for forwards that are empty by design. */
    private static List<String> commits(Decoding decoding) {
        return decoding.steps()
                .map(StepReport::commits)
                .filter(commits -> !commits.isEmpty())
                .map(List::toString)
                .toList();
    }

    private static List<List<String>> commits(OnnxModel model, List<Decoding> decodings) {
        Map<Decoding, List<String>> commits = new LinkedHashMap<>();
        StepScheduler scheduler = new StepScheduler(model);
        decodings.forEach(decoding -> {
            commits.put(decoding, new ArrayList<>());
            scheduler.join(decoding);
        });
        while (!scheduler.active().isEmpty()) {
            for (Outcome outcome : scheduler.step()) {
                List<Commit> made = ((Outcome.Advanced) outcome).report().commits();
                if (!made.isEmpty()) {
                    commits.getOrDefault(outcome.decoding(), new ArrayList<>()).add(made.toString());
                }
            }
        }
        return List.copyOf(commits.values());
    }
}
