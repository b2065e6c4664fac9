package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.CheckpointTensors;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.testing.WatchedPolicy;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decodings that keep their rows as float16: no answer depends on who else decodes, or on who has room for rows. */
class HalfCacheTest {
    private static final List<String> CACHES = List.of(
            "prefix", "dual", "elastic(gamma=0.98,track=2)", "dllm-cache", "elastic(gamma=0.98,track=3,along=keys)");

    private static final int[] PROMPT = {4, 8, 15, 16, 23, 42};
    private static final int[] SMALL = {4, 8, 15, 16, 23};

    @TempDir
    static Path folder;

    private static OnnxModel llada;
    private static OnnxModel dream;
    private static OnnxModel inBlocks;

    @BeforeAll
    static void open() {
        llada = open(Family.LLADA, new Sight.Everything());
        dream = open(Family.DREAM, new Sight.Everything());
        inBlocks = open(Family.LLADA, new Sight.BlockCausal(4, Sight.Origin.START));
    }

    private static OnnxModel open(Family family, Sight sight) {
        return TinyModels.keepingHalves(TinyModels.convert(
                folder.resolve(family + "-" + sight.getClass().getSimpleName()), family, sight));
    }

    @AfterAll
    static void close() {
        llada.close();
        dream.close();
        inBlocks.close();
    }

    /**
     * Eight at once in a cache too small for them, one of whom is cancelled: each answer is, to the bit, that of its
     * policy alone, told to refresh fully where the sequence had no rows.
     */
    @ParameterizedTest
    @EnumSource(Family.class)
    void neighboursCancelsAndEvictionsChangeNoAnswer(Family family) {
        OnnxModel model = family == Family.LLADA ? llada : dream;
        Random random = new Random(7);
        LayerCache cache = new LayerCache(90 << 10, HalfCacheTest::poison);
        StepScheduler scheduler = new StepScheduler(model);
        Map<Decoding, Run> runs = new LinkedHashMap<>();
        for (int i = 0; i < 8; i++) {
            int[] prompt = random.ints(1 + random.nextInt(30), 0, 90).toArray();
            Run run = new Run(prompt, CACHES.get(i % CACHES.size()));
            Decoding decoding = new Decoding(model, prompt, Draft.masks(24), run.config(run.policy), cache);
            runs.put(decoding, run);
            scheduler.join(decoding);
        }
        Decoding cancelled = runs.keySet().iterator().next();
        int steps = 0;
        while (!scheduler.active().isEmpty()) {
            if (++steps == 8) {
                cancelled.cancel();
            }
            note(scheduler.step(), runs);
            assertThat(cache.liveBytes()).isLessThanOrEqualTo(cache.budgetBytes());
            if (random.nextInt(6) == 0) {
                cache.evictAll();
            }
        }
        runs.remove(cancelled);

        for (Run run : runs.values()) {
            BitSet lost = new BitSet();
            for (int forward = 0; forward < run.policy.forwards().size(); forward++) {
                lost.set(forward, run.policy.forwards().get(forward).lost());
            }
            WatchedPolicy told = new WatchedPolicy(CacheSpec.parse(run.cache), lost::get);
            assertThat(run.commits).as(run.cache).isEqualTo(commits(new Decoding(model, run.prompt, run.config(told))));
        }
        assertThat(cache.statistics().missCount()).isGreaterThan(10);
        assertThat(cache.statistics().hitCount()).isGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocks", "blocks(clean=apart)"})
    void finalBlocksThatAreLostOrHaveNoRoomAreComputedToTheSameBits(String policy) {
        Random random = new Random(7);
        LayerCache cache = new LayerCache(40 << 10, HalfCacheTest::poison);
        StepScheduler scheduler = new StepScheduler(inBlocks);
        Map<Decoding, Run> runs = new LinkedHashMap<>();
        for (int i = 0; i < 8; i++) {
            int[] prompt = random.ints(1 + random.nextInt(30), 0, 90).toArray();
            Run run = new Run(prompt, policy);
            Decoding decoding = new Decoding(inBlocks, prompt, Draft.masks(24), run.config(run.policy), cache);
            runs.put(decoding, run);
            scheduler.join(decoding);
        }
        while (!scheduler.active().isEmpty()) {
            note(scheduler.step(), runs);
            if (random.nextInt(6) == 0) {
                cache.evictAll();
            }
        }

        assertThat(cache.statistics().missCount()).isGreaterThan(10);
        assertThat(cache.statistics().hitCount()).isGreaterThan(10);
        for (Run run : runs.values()) {
            List<String> alone = commits(new Decoding(inBlocks, run.prompt, run.config(CacheSpec.parse(run.cache))));
            // Forwards that commit nothing are made where rows are kept.
            alone = alone.stream().filter(commits -> !commits.equals("[]")).toList();
            run.commits.removeIf("[]"::equals);
            assertThat(run.commits).isEqualTo(alone);
        }
    }

    @Test
    void promptsThatStartFromFinalBlocksAnswerAsWithoutReuse() {
        Decoder decoder = decoder(inBlocks);
        for (int question = 0; question < 3; question++) {
            int[] prompt = prompt(question);
            Decoding with = decoder.start(prompt, config("blocks"));
            List<String> answered = commits(with);

            assertThat(with.work().prefixRows()).isEqualTo(question == 0 ? 0 : 48);
            assertThat(answered).isEqualTo(commits(decoder.start(prompt, config("blocks(prefix-reuse=off)"))));
        }
    }

    /** The same prompt before the same masks has the same rows; nothing has drifted, and reuse changes no bit. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void theSamePromptAgainIsDecodedToTheBitFromItsRows(Family family) {
        Decoder decoder = decoder(family == Family.LLADA ? llada : dream);
        List<List<String>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Decoding decoding = decoder.start(prompt(0), config("elastic(gamma=0.9999,prefix-reuse=on)"));
            answers.add(commits(decoding));
            assertThat(decoding.work().prefixRows()).isEqualTo(i == 0 ? 0 : 48);
            assertThat(decoding.work().prefixRefusals()).isZero();
        }
        assertThat(answers.get(1)).isEqualTo(answers.get(0));
        assertThat(answers.get(2)).isEqualTo(answers.get(0));
    }

    /** 128 positions, so that rows of either type fill whole size classes. */
    @ParameterizedTest
    @ValueSource(strings = {"dual", "elastic"})
    void aSequenceTakesHalfTheMemory(String policy) {
        int[] prompt = new int[104];
        try (OnnxModel floats = OnnxModel.open(llada.folder().path(), RuntimeOptions.DEFAULT)) {
            assertThat(2 * leasedBytes(llada, prompt, policy)).isEqualTo(leasedBytes(floats, prompt, policy));
        }
        assertThat(leasedBytes(llada, prompt, "none")).isZero();
    }

    @Test
    void withoutACacheNothingIsRounded() {
        try (OnnxModel floats = OnnxModel.open(llada.folder().path(), RuntimeOptions.DEFAULT)) {
            assertThat(confidences(llada, "none")).isEqualTo(confidences(floats, "none"));
            assertThat(confidences(llada, "dual"))
                    .isNotEqualTo(confidences(floats, "dual"))
                    .hasSize(24);
        }
    }

    @Test
    void aModelWhoseValuesFloat16CannotHoldIsRefusedWithTheLayerAndTheRemedy() {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("large"), TinyCheckpoints.Shape.llada());
        CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
        tensors.change("model.transformer.blocks.1.v_proj.weight", (index, value) -> 1e6 * value);
        tensors.save();
        try (OnnxModel model = TinyModels.keepingHalves(TinyModels.convert(folder.resolve("converted"), checkpoint))) {
            for (LayerCache cache : List.of(new LayerCache(LayerCache.DEFAULT_BUDGET), new LayerCache(0))) {
                Decoding decoding = new Decoding(model, SMALL, Draft.masks(24), config("dual"), cache);
                assertThatThrownBy(decoding::step)
                        .isInstanceOf(ModelException.class)
                        .hasMessageMatching(
                                "layer 2 of 2: rows kept as float16 hold numbers up to 65504, and one is"
                                        + " -?[0-9.E]+; keep them in float32 \\(--cache-type f32\\), or none \\(--cache none\\)");
                assertThat(cache.liveBytes()).isZero();
            }
            assertThat(commits(new Decoding(model, SMALL, config("none")))).isNotEmpty();
        }
    }

    private static List<Float> confidences(OnnxModel model, String policy) {
        List<Float> confidences = new ArrayList<>();
        new Decoding(model, PROMPT, config(policy))
                .steps()
                .forEach(report -> report.commits().forEach(commit -> confidences.add(commit.probability())));
        return confidences;
    }

    private static long leasedBytes(OnnxModel model, int[] prompt, String policy) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        try (Decoding decoding = new Decoding(model, prompt, Draft.masks(24), config(policy), cache)) {
            decoding.step();
            return cache.liveBytes();
        }
    }

    private static void note(List<Outcome> outcomes, Map<Decoding, Run> runs) {
        for (Outcome outcome : outcomes) {
            if (outcome instanceof Outcome.Advanced advanced) {
                Objects.requireNonNull(runs.get(outcome.decoding()))
                        .commits
                        .add(advanced.report().commits().toString());
            }
        }
    }

    private static List<String> commits(Decoding decoding) {
        return decoding.steps().map(report -> report.commits().toString()).toList();
    }

    private static DecodingConfig config(String policy) {
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(policy.equals("dual") ? new Blocks(8) : new Leftmost(8), 24, 24)
                .withStrategy(UnmaskingStrategy.parse("topk(2)"))
                .withCache(CacheSpec.parse(policy));
    }

    /** 48 tokens that all have, and a question of its own. */
    private static int[] prompt(int question) {
        Random random = new Random(question);
        return IntStream.range(0, 57)
                .map(position -> position < 48 ? 3 + position * 7 % 80 : 3 + random.nextInt(80))
                .toArray();
    }

    private static Decoder decoder(MaskPredictor model) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET, HalfCacheTest::poison);
        return new Decoder(model, new TokenNames(), Optional.empty(), "model", cache);
    }

    /** Fills a buffer with what is NaN as float32 and as float16. */
    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) 0xff);
        }
    }

    /** A sequence, how it is decoded and what came of it. */
    private static final class Run {
        private final int[] prompt;
        private final String cache;
        private final WatchedPolicy policy;
        private final List<String> commits = new ArrayList<>();

        Run(int[] prompt, String cache) {
            this.prompt = prompt;
            this.cache = cache;
            this.policy = new WatchedPolicy(CacheSpec.parse(cache));
        }

        DecodingConfig config(RefreshPolicy watched) {
            return DecodingConfig.DEFAULT
                    .withStop(new FullCanvas())
                    .withFrame(cache.matches("elastic.*|blocks.*") ? new Leftmost(6) : new Blocks(8), 24, 24)
                    .withStrategy(UnmaskingStrategy.parse("topk(1)"))
                    .withCache(watched);
        }
    }
}
