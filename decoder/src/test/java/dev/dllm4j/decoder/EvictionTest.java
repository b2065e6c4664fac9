package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WatchedPolicy;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that lose their rows, in a cache too small for all of them whose freed buffers are filled with NaN. */
class EvictionTest {
    private static final List<String> CACHES = List.of(
            "prefix",
            "dual",
            "elastic(gamma=0.98,track=2)",
            "dllm-cache",
            "elastic(gamma=0.98,track=3,along=keys)",
            "elastic(gamma=0.98,block-caching=off)");

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

    static Stream<Arguments> chaos() {
        List<String> strategies = List.of(
                "topk(1)",
                "threshold(0.9)",
                "filter(path=" + FilterFiles.write(folder, 40) + ",accept=1)",
                "revise(commit=0.9,keep=0.02)");
        return Stream.of(Family.values())
                .flatMap(family -> strategies.stream().map(strategy -> Arguments.of(family, strategy)));
    }

    /** Each answer is, to the bit, that of its policy alone, told to refresh fully where the sequence lost its rows. */
    @ParameterizedTest
    @MethodSource("chaos")
    void aLostEntryCostsOneFullForwardAndChangesNothingElse(Family family, String strategy) {
        OnnxModel model = family == Family.LLADA ? llada : dream;
        Random random = new Random(7);
        LayerCache cache = new LayerCache(400 << 10, EvictionTest::poison);
        StepScheduler scheduler = new StepScheduler(model);
        Map<Decoding, Run> runs = new LinkedHashMap<>();
        for (int i = 0; i < 8; i++) {
            Run run = new Run(
                    random.ints(1 + random.nextInt(30), 0, 90).toArray(), CACHES.get(i % CACHES.size()), strategy);
            Decoding decoding = new Decoding(model, run.prompt, Draft.masks(40), run.config(run.policy), cache);
            runs.put(decoding, run);
            scheduler.join(decoding);
        }
        while (!scheduler.active().isEmpty()) {
            for (Outcome outcome : scheduler.step()) {
                Objects.requireNonNull(runs.get(outcome.decoding()))
                        .commits
                        .add(((Outcome.Advanced) outcome).report().commits().toString());
            }
            assertThat(cache.liveBytes()).isLessThanOrEqualTo(cache.budgetBytes());
            if (random.nextInt(10) == 0) {
                cache.evictAll();
            }
        }

        assertThat(cache.liveBytes()).isZero();
        int lostInAll = 0;
        int keptInAll = 0;
        for (Run run : runs.values()) {
            BitSet lost = new BitSet();
            for (int forward = 0; forward < run.policy.forwards().size(); forward++) {
                lost.set(forward, run.policy.forwards().get(forward).lost());
            }
            lostInAll += lost.cardinality() - 1;
            keptInAll += run.policy.forwards().size() - lost.cardinality();
            WatchedPolicy told = new WatchedPolicy(CacheSpec.parse(run.cache), lost::get);
            List<String> commits = new ArrayList<>();
            new Decoding(model, run.prompt, run.config(told))
                    .steps()
                    .forEach(report -> commits.add(report.commits().toString()));
            assertThat(run.commits).as(run.cache).isEqualTo(commits);
        }
        assertThat(lostInAll).isGreaterThan(20);
        assertThat(keptInAll).isGreaterThan(20);
        assertThat(cache.statistics().missCount()).isEqualTo(lostInAll);
        assertThat(cache.statistics().loadSuccessCount()).isEqualTo(lostInAll);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dual", "elastic"})
    void aCancelledSequenceFreesItsRows(String policy) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        Decoding decoding = decoding(llada, policy, cache);
        decoding.step();
        assertThat(cache.liveBytes()).isPositive();
        decoding.cancel();
        assertThat(cache.liveBytes()).isZero();

        Decoding underWay = decoding(llada, policy, cache);
        underWay.step();
        List<RowRequest> requests = new ArrayList<>(List.of(underWay.request()));
        underWay.cancel();
        assertThat(cache.liveBytes()).isPositive();
        llada.predict(requests);
        underWay.accept();
        assertThat(cache.liveBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"prefix", "elastic"})
    void aFailedForwardFreesTheRowsOfEverySequence(String policy) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        FailingModel model = new FailingModel(llada, 3);
        Decoding alone = decoding(model, policy, cache);
        assertThatThrownBy(() -> alone.steps().forEach(report -> {})).isInstanceOf(ModelException.class);
        assertThat(alone.done()).isTrue();
        assertThat(cache.liveBytes()).isZero();

        StepScheduler scheduler = new StepScheduler(new FailingModel(llada, 2));
        List<Decoding> decodings = List.of(decoding(llada, policy, cache), decoding(llada, "none", cache));
        decodings.forEach(scheduler::join);
        scheduler.step();
        assertThat(cache.liveBytes()).isPositive();
        // Each makes its step alone then, and fails there, too.
        assertThat(scheduler.step())
                .hasSize(2)
                .allSatisfy(outcome -> assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Failed.class,
                                failed -> assertThat(failed.cause()).isInstanceOf(ModelException.class)));
        assertThat(scheduler.active()).isEmpty();
        assertThat(cache.liveBytes()).isZero();
        assertThat(decodings).allMatch(Decoding::done);
    }

    /** Errors, too, not only exceptions: in the forward, and in what is decided from it. */
    @ParameterizedTest
    @ValueSource(strings = {"prefix", "elastic", "dllm-cache"})
    void anErrorFreesTheRows(String policy) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        Decoding decided = decoding(llada, policy, cache, new Overflowing(2));
        decided.step();
        assertThat(cache.liveBytes()).isPositive();
        assertThatThrownBy(decided::step).isInstanceOf(StackOverflowError.class);
        assertThat(decided.done()).isTrue();
        assertThat(cache.liveBytes()).isZero();

        StepScheduler scheduler = new StepScheduler(llada);
        scheduler.join(decoding(llada, policy, cache, new Overflowing(1)));
        assertThat(scheduler.step())
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.cause())
                                .hasMessage("the sequence ended with an error of the machine:"
                                        + " java.lang.StackOverflowError"));
        assertThat(cache.liveBytes()).isZero();
    }

    @Test
    void aSequenceThatIsGivenUpFreesItsRowsWhenItIsClosed() {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        try (Decoding decoding = decoding(llada, "elastic", cache)) {
            decoding.step();
            decoding.request();
            assertThat(cache.liveBytes()).isPositive();
        }
        assertThat(cache.liveBytes()).isZero();
    }

    @Test
    void withoutABudgetEveryForwardIsFullAndTheAnswerThatOfForcedRefreshes() {
        LayerCache cache = new LayerCache(0);
        Decoding decoding = decoding(llada, "elastic", cache);
        decoding.steps().forEach(report -> assertThat(cache.liveBytes()).isZero());

        assertThat(decoding.work().rowsComputed()).isEqualTo(decoding.work().rowsFull());
        Decoding plain = new Decoding(
                llada, new int[] {4, 8, 15, 16, 23, 42}, decoding.config().withCache(CacheSpec.parse("none")));
        plain.steps().forEach(report -> {});
        assertThat(decoding.tokens()).isEqualTo(plain.tokens());
    }

    private static Decoding decoding(MaskPredictor model, String policy, LayerCache cache, UnmaskingStrategy strategy) {
        Run run = new Run(new int[] {4, 8, 15, 16, 23, 42}, policy, "topk(1)");
        DecodingConfig config =
                run.config(new WatchedPolicy(CacheSpec.parse(policy))).withStrategy(strategy);
        return new Decoding(model, run.prompt, Draft.masks(40), config, cache);
    }

    private static Decoding decoding(MaskPredictor model, String policy, LayerCache cache) {
        Run run = new Run(new int[] {4, 8, 15, 16, 23, 42}, policy, "topk(1)");
        return new Decoding(
                model, run.prompt, Draft.masks(40), run.config(new WatchedPolicy(CacheSpec.parse(policy))), cache);
    }

    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += Float.BYTES) {
            buffer.putFloat(i, Float.NaN);
        }
    }

    /** A sequence, how it is decoded and what came of it. */
    private static final class Run {
        private final int[] prompt;
        private final String cache;
        private final UnmaskingStrategy strategy;
        private final WatchedPolicy policy;
        private final List<String> commits = new ArrayList<>();

        Run(int[] prompt, String cache, String strategy) {
            this.strategy = UnmaskingStrategy.parse(strategy);
            this.prompt = prompt;
            this.cache = cache;
            this.policy = new WatchedPolicy(CacheSpec.parse(cache));
        }

        DecodingConfig config(WatchedPolicy watched) {
            return DecodingConfig.DEFAULT
                    .withStop(new FullCanvas())
                    .withFrame(cache.startsWith("elastic") ? new Leftmost(6) : new Blocks(10), 40, 40)
                    .withStrategy(strategy)
                    .withCache(watched);
        }
    }

    /** Commits the first open position, and has no stack left at the n-th choice. */
    private record Overflowing(int choices) implements UnmaskingStrategy {
        @Override
        public Selector start(Plan plan) {
            int[] left = {choices};
            return (view, chosen) -> {
                if (--left[0] == 0) {
                    throw new StackOverflowError();
                }
                chosen.add(view.open().get(0));
            };
        }
    }

    /** Another model, whose n-th forward fails, and all behind it. */
    private static final class FailingModel implements MaskPredictor {
        private final MaskPredictor model;
        private int left;

        FailingModel(MaskPredictor model, int forwards) {
            this.model = model;
            this.left = forwards;
        }

        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            if (--left <= 0) {
                throw new ModelException("the session failed");
            }
            model.predict(requests);
        }

        @Override
        public void close() {}
    }
}
