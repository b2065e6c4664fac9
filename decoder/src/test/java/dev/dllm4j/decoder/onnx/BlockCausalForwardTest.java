package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ReferenceModel;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Forwards of models whose rows see their own block and those before it. */
class BlockCausalForwardTest {
    /** Grouped queries, and heads with keys of their own, at widths that are no multiple of a vector. */
    private static final Shape GROUPED = new Shape(Family.LLADA, 3, 36, 6, 3, 50, 48, 128, true, DataType.F32, 4);

    private static final Shape EACH = new Shape(Family.DREAM, 2, 20, 2, 2, 33, 41, 128, false, DataType.F32, 3);

    @TempDir
    private static Path folder;

    /** By sight, not handed to the tests: JUnit closes what it has handed out. */
    private static final Map<BlockCausal, ReferenceModel> MODELS = new HashMap<>();

    @BeforeAll
    static void openAModelOfEverySight() {
        sights().forEach(sight -> MODELS.put(
                sight,
                ReferenceModel.open(
                        folder.resolve("sight" + MODELS.size()),
                        sight.length() % 2 == 0 ? GROUPED : EACH,
                        DataType.F32,
                        sight)));
    }

    @AfterAll
    static void closeThem() {
        MODELS.values().forEach(ReferenceModel::close);
    }

    static Stream<BlockCausal> sights() {
        return IntStream.of(1, 3, 4, 8)
                .boxed()
                .flatMap(length -> Stream.of(Origin.values()).map(origin -> new BlockCausal(length, origin)));
    }

    @ParameterizedTest
    @MethodSource("sights")
    void aFullForwardGivesTheReferencesLogits(BlockCausal sight) {
        Cases.check(8, seed -> {
            ReferenceScene scene = new ReferenceScene(model(sight), new Random(seed));
            scene.assertForward(range(0, scene.length()), 0, null);
            scene.assertForward(range(0, scene.length()), 0.5 + seed, null);
        });
    }

    @ParameterizedTest
    @MethodSource("sights")
    void rowsSeeTheKeptOnesOfTheirBlockAndBeforeItInWhateverOrderTheyAreComputed(BlockCausal sight) {
        Cases.check(8, seed -> {
            Random random = new Random(seed);
            ReferenceScene scene = new ReferenceScene(model(sight), random);
            ReferenceScene.Both kept = scene.keepAll();
            scene.commitSome();
            scene.assertForward(range(scene.blockStart(), scene.blockStart() + 4), 0, kept);
            scene.commitSome();
            scene.assertForward(some(scene.length(), random, false), 0, kept);
        });
    }

    @ParameterizedTest
    @MethodSource("sights")
    void someRowsWithNoneKeptSeeEachOther(BlockCausal sight) {
        Cases.check(8, seed -> {
            Random random = new Random(seed);
            ReferenceScene scene = new ReferenceScene(model(sight), random);
            scene.assertForward(some(scene.length(), random, true), 0, null);
        });
    }

    @ParameterizedTest
    @MethodSource("sights")
    void rowsInNoOrderWithNoneKeptAreRefused(BlockCausal sight) {
        ReferenceScene scene = new ReferenceScene(model(sight), new Random(1));
        assertThatThrownBy(() -> scene.assertForward(Positions.of(0, 4, 3), 0, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("position 3 is computed after position 4 and no rows are kept; where rows do not see every"
                        + " key, compute them in the order of their positions");
    }

    /** As a prompt is computed at once, with its last block, or behind rows that another request left. */
    @ParameterizedTest
    @MethodSource("sights")
    void aBlockHasTheSameBitsWhicheverBlocksAreComputedWithIt(BlockCausal sight) {
        ModelSpec spec = model(sight).model().spec();
        Cases.check(6, seed -> {
            try (Rows rows = new Rows(sight, Long.MAX_VALUE)) {
                // One of the canvases is long enough for several stretches of a sum.
                Canvas canvas =
                        seed == 0 ? new Canvas(new int[290], 27, spec.maskToken()) : canvas(spec, new Random(seed));
                int length = canvas.length();
                BlockGrid grid = sight.grid(canvas.promptLength());
                float[] whole = rows.hidden(canvas, range(0, length), rows.keep(length));
                SequenceRows apart = rows.keep(length);
                SequenceRows merged = rows.keep(length);
                for (int start = 0; start < length; start = grid.end(start)) {
                    int end = Math.min(grid.end(start), length);
                    // The block behind it holds what it holds: a clean block does not see it.
                    int behind = Math.min(grid.end(end), length);
                    float[] own = Arrays.copyOfRange(whole, start * spec.hidden(), end * spec.hidden());
                    assertThat(rows.hidden(canvas, range(start, end), apart)).isEqualTo(own);
                    assertThat(rows.hidden(canvas, range(start, behind), merged))
                            .startsWith(own);
                }
                assertThat(rows.hidden(canvas, range(0, length), null)).isEqualTo(whole);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("sights")
    void scratchMemoryForAFewRowsChangesNoBit(BlockCausal sight) {
        ModelSpec spec = model(sight).model().spec();
        Cases.check(6, seed -> {
            Canvas canvas = canvas(spec, new Random(seed));
            Positions whole = range(0, canvas.length());
            try (Rows few = new Rows(sight, 1);
                    Rows all = new Rows(sight, Long.MAX_VALUE)) {
                assertThat(few.hidden(canvas, whole, null)).isEqualTo(all.hidden(canvas, whole, null));
            }
        });
    }

    private static ReferenceModel model(BlockCausal sight) {
        return Objects.requireNonNull(MODELS.get(sight));
    }

    private static Canvas canvas(ModelSpec spec, Random random) {
        int[] prompt = random.ints(random.nextInt(30), 0, spec.vocabulary()).toArray();
        return new Canvas(prompt, 1 + random.nextInt(30), spec.maskToken());
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

    /** The rows behind the last layer. */
    private static final class Rows implements AutoCloseable {
        private final OrtSession.SessionOptions options = OrtProcess.sessionOptions(Device.CPU);
        private final ModelSpec spec;
        private final Transformer transformer;

        Rows(BlockCausal sight, long scratchBytes) {
            OrtEnvironment environment = OrtProcess.environment(1);
            Path model = model(sight).model().folder().path();
            spec = ModelFolder.read(model).spec();
            transformer = new Transformer(environment, options, model, spec, scratchBytes);
        }

        SequenceRows keep(int length) {
            return new SequenceRows(spec.layers(), length, spec.kvWidth());
        }

        float[] hidden(Canvas canvas, Positions computed, @Nullable SequenceRows kept) {
            RowRequest request = new RowRequest(
                    canvas, RowPlan.of(computed), new Demand(1), new Predictions(), Guidance.NONE, kept, () -> false);
            Slab rows = transformer.run(new ArrayList<>(List.of(new Segment(request))));
            float[] hidden = new float[computed.size() * rows.columns()];
            rows.floats().get(0, hidden);
            return hidden;
        }

        @Override
        public void close() {
            transformer.close();
            options.close();
        }
    }
}
