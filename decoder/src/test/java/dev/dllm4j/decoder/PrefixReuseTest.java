package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

/**
 * Prompts of a prefix of 48 tokens and a question of nine, on random models of three layers: the first leaves its
 * rows, the second starts from those of the prefix. Freed buffers are filled with NaN.
 */
class PrefixReuseTest {
    private static final int LAYERS = 3;
    private static final int PREFIX = 48;
    private static final int PROMPT = PREFIX + 9;
    private static final int CANVAS = PROMPT + 24;
    /** Rows of a forward on the prefix: those behind it and eight that are compared. */
    private static final int WARM_ROWS = CANVAS - PREFIX + 8;

    private static final String NEVER_STALE = "elastic(gamma=-2,prefix-reuse=on)";
    private static final String ALWAYS_STALE = "elastic(gamma=1.5,prefix-reuse=on)";

    @TempDir
    static Path folder;

    private static OnnxModel llada;
    private static OnnxModel dream;

    private final LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET, PrefixReuseTest::poison);

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

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSecondPromptStartsFromTheFirstsRows(Family family) {
        Decoder decoder = decoder(family == Family.LLADA ? llada : dream, "model", cache);
        for (int question = 0; question < 5; question++) {
            Decoding decoding = decoder.start(prompt(question), config(NEVER_STALE));
            StepReport first = decoding.step();
            boolean warm = question >= 1;
            assertThat(first.work().rowsComputed()).isEqualTo(warm ? WARM_ROWS : CANVAS);
            assertThat(first.refreshedFrom()).isEqualTo(warm ? LAYERS : 0);
            assertThat(first.commits()).isNotEmpty();
            decoding.steps().forEach(report -> {});
            assertThat(decoding.work().prefixRows()).isEqualTo(warm ? PREFIX : 0);
            assertThat(decoding.work().prefixRefusals()).isZero();
        }
        assertThat(cache.liveBytes()).isPositive();
        assertThat(cache.statistics().missCount()).isZero();
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    /** The same prompt before the same masks has the same rows; nothing has drifted, and reuse changes no bit. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void theSamePromptAgainIsDecodedToTheBitFromItsRows(Family family) {
        Decoder decoder = decoder(family == Family.LLADA ? llada : dream, "model", cache);
        String cacheSpec = "elastic(gamma=0.9999,prefix-reuse=on)";
        List<List<String>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Decoding decoding = decoder.start(prompt(0), config(cacheSpec));
            List<String> commits = new ArrayList<>();
            StepReport first = decoding.step();
            commits.add(first.commits().toString());
            assertThat(first.work().prefixRows()).isEqualTo(i >= 1 ? PREFIX : 0);
            assertThat(first.work().prefixRefusals()).isZero();
            decoding.steps().forEach(report -> commits.add(report.commits().toString()));
            answers.add(commits);
        }
        assertThat(answers.get(2).get(0)).isEqualTo(answers.get(0).get(0));
        assertThat(answers.get(2)).isEqualTo(answers.get(0)).isEqualTo(answers.get(1));
    }

    /** With gamma above 1 the first layer already refuses, and the sequence leaves the forward behind it. */
    @ParameterizedTest
    @ValueSource(strings = {"topk(2)", "schedule", "credit", "random", "revise(commit=0.05,keep=0.02)"})
    void whereTheDriftTestRefusesTheAnswerIsThatWithoutReuse(String strategy) {
        Decoder decoder = decoder(llada, "model", cache);
        for (int question = 0; question < 4; question++) {
            for (Sampling sampling : List.of(Sampling.GREEDY, new Sampling(1, 0, 1, 7))) {
                if (!sampling.plain() && strategy.equals("credit")) {
                    continue;
                }
                DecodingConfig reusing = config(ALWAYS_STALE)
                        .withStrategy(UnmaskingStrategy.parse(strategy))
                        .withSampling(sampling);
                List<StepReport> with =
                        decoder.start(prompt(question), reusing).steps().toList();
                List<StepReport> without = decoder.start(
                                prompt(question), reusing.withCache(CacheSpec.parse("elastic(gamma=1.5)")))
                        .steps()
                        .toList();
                Work work = with.get(with.size() - 1).work();
                int refusals = work.prefixRefusals();
                assertThat(work.prefixRows()).isZero();
                if (question >= 1) {
                    assertThat(refusals).isEqualTo(1);
                }
                assertThat(with.subList(refusals, with.size()))
                        .extracting(StepReport::commits, StepReport::takenBack, StepReport::refreshedFrom)
                        .isEqualTo(without.stream()
                                .map(report -> tuple(report.commits(), report.takenBack(), report.refreshedFrom()))
                                .toList());
                if (refusals > 0) {
                    StepReport refused = with.get(0);
                    assertThat(refused.commits()).isEmpty();
                    assertThat(refused.refreshedFrom()).isEqualTo(LAYERS);
                    assertThat(refused.work().rowsComputed()).isEqualTo(Math.round(WARM_ROWS / 3.0));
                    assertThat(refused.work().layersRefreshed()).isZero();
                    assertThat(refused.done()).isFalse();
                    assertThat(work.forwards()).isEqualTo(without.size() + 1);
                }
            }
        }
    }

    /** With a gamma between, other questions drift and the same one does not. */
    @Test
    void theDriftDecidesQuestionByQuestion() {
        Decoder decoder = decoder(llada, "model", cache);
        DecodingConfig config = config("elastic(gamma=0.9999999,along=keys,prefix-reuse=on)");
        decoder.start(prompt(0), config).steps().forEach(report -> {});
        decoder.start(prompt(1), config).steps().forEach(report -> {});
        Decoding other = decoder.start(prompt(2), config);
        other.step();
        assertThat(other.work().prefixRefusals()).isEqualTo(1);
        assertThat(other.step().work().layersRefreshed()).isEqualTo(LAYERS);
    }

    @Test
    void anotherModelAndAnotherPrefixStartAnew() {
        Decoder decoder = decoder(llada, "model", cache);
        Decoder otherModel = decoder(llada, "other", cache);
        for (int question = 0; question < 3; question++) {
            decoder.start(prompt(question), config(NEVER_STALE)).steps().forEach(report -> {});
        }
        int[] otherPrefix = prompt(3);
        otherPrefix[5]++;
        assertThat(prefixRows(decoder.start(otherPrefix, config(NEVER_STALE)))).isZero();
        assertThat(prefixRows(otherModel.start(prompt(3), config(NEVER_STALE)))).isZero();
        assertThat(prefixRows(decoder.start(prompt(3), config("elastic(gamma=-2)"))))
                .isZero();
        assertThat(prefixRows(decoder.start(prompt(3), config(NEVER_STALE)))).isEqualTo(PREFIX);
    }

    @Test
    void aPrefixThatIsEvictedIsComputedAndLeftAgain() {
        Decoder decoder = decoder(llada, "model", cache);
        int[] expected = {0, PREFIX, PREFIX, 0, PREFIX};
        for (int question = 0; question < expected.length; question++) {
            if (question == 3) {
                cache.evictAll();
            }
            assertThat(prefixRows(decoder.start(prompt(question), config(NEVER_STALE))))
                    .isEqualTo(expected[question]);
        }
    }

    /** The first prompt's rows are those of its question, too; of them the second takes the beginning. */
    @Test
    void whatIsTakenMayBeThePartOfWhatWasLeft() {
        Decoder decoder = decoder(llada, "model", cache);
        for (int question = 0; question < 3; question++) {
            int[] tokens = prompt(question);
            int[] longer = Arrays.copyOf(tokens, PROMPT + 20);
            Arrays.fill(longer, PROMPT, longer.length, 3 + question);
            assertThat(prefixRows(decoder.start(longer, config(NEVER_STALE)))).isEqualTo(question >= 1 ? PREFIX : 0);
        }
    }

    /** Sixteen tokens that every prompt has do not keep one with a longer beginning from leaving that. */
    @Test
    void aCommonBeginningThatIsASmallPartIsNotTaken() {
        Decoder decoder = decoder(llada, "model", cache);
        for (int beginning = 0; beginning < 2; beginning++) {
            for (int question = 0; question < 2; question++) {
                int[] tokens = new int[90];
                Arrays.fill(tokens, 0, 16, 5);
                Arrays.fill(tokens, 16, 80, 10 + beginning);
                Arrays.fill(tokens, 80, 90, 20 + question);
                assertThat(prefixRows(decoder.start(tokens, config(NEVER_STALE))))
                        .isEqualTo(question == 1 ? 80 : 0);
            }
        }
    }

    @Test
    void closingADecoderGivesUpItsPrefixesAlone() {
        Decoder first = decoder(new Unclosed(llada), "model", cache);
        Decoder second = decoder(llada, "other", cache);
        for (int question = 0; question < 2; question++) {
            first.start(prompt(question), config(NEVER_STALE)).steps().forEach(report -> {});
        }
        long ofFirst = cache.liveBytes();
        for (int question = 0; question < 2; question++) {
            second.start(prompt(question), config(NEVER_STALE)).steps().forEach(report -> {});
        }
        assertThat(ofFirst).isPositive();
        assertThat(cache.liveBytes()).isEqualTo(2 * ofFirst);
        first.close();
        assertThat(cache.liveBytes()).isEqualTo(ofFirst);
        assertThat(prefixRows(second.start(prompt(2), config(NEVER_STALE)))).isEqualTo(PREFIX);
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    /** Eight at once in a budget for three, beside what they share, half of them refused. */
    @Test
    void sequencesAndWhatTheyShareStayWithinTheBudget() {
        LayerCache small = new LayerCache(400 << 10, PrefixReuseTest::poison);
        Decoder decoder = decoder(llada, "model", small);
        Random random = new Random(5);
        for (int round = 0; round < 3; round++) {
            StepScheduler scheduler = new StepScheduler(llada);
            List<Decoding> decodings = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String policy = i % 2 == 0 ? ALWAYS_STALE : NEVER_STALE;
                decodings.add(decoder.start(prompt(8 * round + i), config(policy)));
                scheduler.join(decodings.get(i));
            }
            while (!scheduler.active().isEmpty()) {
                assertThat(scheduler.step()).allMatch(outcome -> outcome instanceof Outcome.Advanced);
                assertThat(small.liveBytes()).isLessThanOrEqualTo(small.budgetBytes());
                if (random.nextInt(10) == 0) {
                    small.evictAll();
                }
            }
            for (Decoding decoding : decodings) {
                assertThat(decoding.tokens()).doesNotContain(llada.spec().maskToken());
            }
        }
        small.evictAll();
        assertThat(small.liveBytes()).isZero();
    }

    @Test
    void aRefusedSequenceLeavesTheForwardAndItsNeighboursGoOn() {
        Decoder decoder = decoder(llada, "model", cache);
        for (int question = 0; question < 2; question++) {
            decoder.start(prompt(question), config(NEVER_STALE)).steps().forEach(report -> {});
        }
        DecodingConfig plain = config("elastic(gamma=-2)");
        List<List<Commit>> alone = commits(decoder.start(prompt(9), plain));
        StepScheduler scheduler = new StepScheduler(llada);
        Decoding refused = decoder.start(prompt(2), config(ALWAYS_STALE));
        Decoding neighbour = decoder.start(prompt(9), plain);
        scheduler.join(refused);
        scheduler.join(neighbour);
        List<List<Commit>> beside = new ArrayList<>();
        while (!scheduler.active().isEmpty()) {
            for (Outcome outcome : scheduler.step()) {
                if (outcome.decoding() == neighbour) {
                    beside.add(((Outcome.Advanced) outcome).report().commits());
                }
            }
        }
        assertThat(refused.work().prefixRefusals()).isEqualTo(1);
        assertThat(beside).isEqualTo(alone);
    }

    /** Time and rows would tell one tenant what another has asked, and its rows would decide on the other's answer. */
    @Test
    void noTenantStartsFromAnothersRows() {
        Decoder decoder = decoder(llada, "model", cache);
        DecodingConfig config = config(NEVER_STALE);
        List<List<Commit>> alone = commits(decoder(llada, "model", new LayerCache(LayerCache.DEFAULT_BUDGET))
                .start(prompt(1), Draft.masks(24), config, "other"));
        assertThat(prefixRows(decoder.start(prompt(0), Draft.masks(24), config, "one")))
                .isZero();

        Decoding other = decoder.start(prompt(1), Draft.masks(24), config, "other");

        assertThat(commits(other)).isEqualTo(alone);
        assertThat(other.work().prefixRows()).isZero();
        assertThat(prefixRows(decoder.start(prompt(1), config))).isZero();
        assertThat(prefixRows(decoder.start(prompt(2), Draft.masks(24), config, "one")))
                .isEqualTo(PREFIX);
    }

    @Test
    void onlyAPolicyThatTestsDriftOrHasNoneReusesPrefixes() {
        assertThat(CacheSpec.reusingPrefixes(CacheSpec.parse("elastic")))
                .hasToString("elastic(gamma=0.9,track=1,along=heads,block-caching=on,prefix-reuse=on)");
        assertThat(CacheSpec.reusingPrefixes(CacheSpec.parse("blocks(prefix-reuse=off)")))
                .hasToString("blocks");
        for (String policy : List.of("none", "prefix", "dual", "dllm-cache")) {
            assertThatThrownBy(() -> CacheSpec.reusingPrefixes(CacheSpec.parse(policy)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("prefix reuse is on and cache is " + CacheSpec.parse(policy)
                            + "; only elastic tests whether rows of another request still hold, and those of blocks"
                            + " always do, so use cache elastic, or blocks where the model's rows see no later block");
        }
    }

    private static int prefixRows(Decoding decoding) {
        decoding.steps().forEach(report -> {});
        return decoding.work().prefixRows();
    }

    private static List<List<Commit>> commits(Decoding decoding) {
        return decoding.steps().map(StepReport::commits).toList();
    }

    private static DecodingConfig config(String policy) {
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(new Leftmost(8), 24, 24)
                .withStrategy(UnmaskingStrategy.parse("topk(2)"))
                .withCache(CacheSpec.parse(policy));
    }

    /** The prefix that all have, and a question of its own. */
    private static int[] prompt(int question) {
        Random random = new Random(question);
        return IntStream.range(0, PROMPT)
                .map(position -> position < PREFIX ? 3 + position * 7 % 80 : 3 + random.nextInt(80))
                .toArray();
    }

    private static Decoder decoder(MaskPredictor model, String hash, LayerCache cache) {
        return new Decoder(model, new TokenNames(), Optional.empty(), hash, cache);
    }

    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += Float.BYTES) {
            buffer.putFloat(i, Float.NaN);
        }
    }

    /** Another model, which its decoder cannot close. */
    private record Unclosed(MaskPredictor model) implements MaskPredictor {
        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            model.predict(requests);
        }

        @Override
        public void close() {}
    }
}
