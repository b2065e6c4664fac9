package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.ReferenceModel;
import dev.dllm4j.decoder.testing.TinyFamilies;
import dev.dllm4j.decoder.testing.WholeRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forwards of models whose rows choose experts, at widths that are no multiple of a vector. */
class ExpertForwardTest {
    private static final String LLADA_MOE = "LLaDA-MoE";
    private static final String LLADA2 = "LLaDA2";

    @TempDir
    private static Path folder;

    /** By name, not handed to the tests: JUnit closes what it has handed out. */
    private static final Map<String, ReferenceModel> MODELS = new HashMap<>();

    @BeforeAll
    static void open() {
        Path moe = folder.resolve("moe");
        MODELS.put(
                LLADA_MOE,
                ReferenceModel.of(moe, TinyFamilies.lladaMoe(moe.resolve("checkpoint")), TinyFamilies.UNSHIFTED));
        Path two = folder.resolve("two");
        MODELS.put(
                LLADA2, ReferenceModel.of(two, TinyFamilies.llada2(two.resolve("checkpoint")), TinyFamilies.UNSHIFTED));
    }

    @AfterAll
    static void close() {
        MODELS.values().forEach(ReferenceModel::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {LLADA_MOE, LLADA2})
    void everyForwardGivesTheReferencesLogits(String family) {
        Cases.check(8, seed -> {
            Random random = new Random(seed);
            // From a few rows, of which most are alone at an expert, to several stretches of them.
            ReferenceScene scene =
                    new ReferenceScene(model(family), random, 1 + random.nextInt(6), 6 + 12 * (int) seed);
            scene.assertForward(range(0, scene.length()), 0, null);
            scene.assertForward(range(0, scene.length()), 1.5, null);
            ReferenceScene.Both kept = scene.keepAll();
            scene.commitSome();
            scene.assertForward(range(scene.blockStart(), scene.blockStart() + 4), 0, kept);
            scene.commitSome();
            scene.assertForward(some(scene.length(), random, false), 0, kept);
            scene.assertForward(some(scene.length(), random, true), 0, null);
        });
    }

    /** One row takes another kernel than several, so what is alone at an expert must not be computed alone. */
    @ParameterizedTest
    @ValueSource(strings = {LLADA_MOE, LLADA2})
    void aRowAloneAtAnExpertHasTheBitsItHasAmongOthers(String family) {
        ReferenceModel pair = model(family);
        ModelSpec spec = pair.model().spec();
        int[] metCompany = {0};
        Cases.check(20, seed -> {
            Random random = new Random(seed);
            Canvas few = canvas(spec, random, 2 + random.nextInt(4));
            Canvas company = canvas(spec, random, 40);
            int[][] alone = rows(pair, few);
            int[][] others = rows(pair, company);
            for (int layer = 0; layer < spec.layers(); layer++) {
                for (int expert = 0; expert < alone[layer].length; expert++) {
                    metCompany[0] += alone[layer][expert] == 1 && others[layer][expert] > 0 ? 1 : 0;
                }
            }
            Asked itself = Asked.of(few);
            pair.model().predict(List.of(itself.request()));
            Asked together = Asked.of(few);
            pair.model().predict(List.of(Asked.of(company).request(), together.request()));
            assertThat(together.bits(spec)).isEqualTo(itself.bits(spec));
        });
        assertThat(metCompany[0])
                .as("experts that one row was alone at, and among others in company")
                .isGreaterThan(20);
    }

    /** Blocks of LLaDA2, of which some are too short for every expert to have rows. */
    @Test
    void aBlockOverTheRowsOfThoseBeforeItHasTheBitsItHasInTheWholeCanvas() {
        ReferenceModel pair = model(LLADA2);
        ModelSpec spec = pair.model().spec();
        int block = ((Sight.BlockCausal) spec.sight()).length();
        Cases.check(8, seed -> {
            Canvas canvas = canvas(spec, new Random(seed), 10 + 9 * (int) seed);
            Asked whole = Asked.of(canvas);
            pair.model().predict(List.of(whole.request()));
            SequenceRows kept = new SequenceRows(spec.layers(), canvas.length(), spec.kvWidth());
            List<Integer> apart = new ArrayList<>();
            for (int start = 0; start < canvas.length(); start += block) {
                Asked own = Asked.of(canvas, range(start, Math.min(start + block, canvas.length())), kept);
                pair.model().predict(List.of(own.request()));
                apart.addAll(own.bits(spec));
            }
            assertThat(apart).isEqualTo(whole.bits(spec));
        });
    }

    private static ReferenceModel model(String family) {
        return Objects.requireNonNull(MODELS.get(family));
    }

    private static int[][] rows(ReferenceModel pair, Canvas canvas) {
        return pair.reference().rowsOfExperts(canvas.tokens(0, canvas.length()), pair.mask(canvas.promptLength()));
    }

    private static Canvas canvas(ModelSpec spec, Random random, int length) {
        int[] prompt = random.ints(length - 1, 0, spec.vocabulary()).toArray();
        return new Canvas(prompt, 1, spec.maskToken());
    }

    /** A forward of every row of a canvas, and what comes of it. */
    private record Asked(RowRequest request, WholeRows rows) {
        static Asked of(Canvas canvas) {
            return of(canvas, range(0, canvas.length()), null);
        }

        static Asked of(Canvas canvas, Positions rows, @Nullable SequenceRows kept) {
            Demand demand = new Demand(canvas.length());
            demand.positions().addAll(rows);
            WholeRows whole = new WholeRows();
            demand.fullRows(whole);
            return new Asked(
                    new RowRequest(canvas, rows, demand, new Predictions(), Guidance.NONE, kept, () -> false), whole);
        }

        List<Integer> bits(ModelSpec spec) {
            return IntStream.range(0, request.predictions().size())
                    .boxed()
                    .flatMap(slot -> IntStream.range(0, spec.vocabulary())
                            .mapToObj(token -> Float.floatToIntBits(rows.logit(slot, token))))
                    .toList();
        }
    }

    private static Positions range(int from, int to) {
        Positions positions = new Positions(to - from);
        positions.addRange(from, to);
        return positions;
    }

    private static Positions some(int length, Random random, boolean ordered) {
        List<Integer> rows = new ArrayList<>(IntStream.range(0, length).boxed().toList());
        Collections.shuffle(rows, random);
        IntStream chosen = rows.stream().limit(1 + random.nextInt(length)).mapToInt(row -> row);
        return Positions.of((ordered ? chosen.sorted() : chosen).toArray());
    }
}
