package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.cache.Tracking;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With scratch memory for a few rows only, every hidden row has the bits that it has with memory for all. */
class ScratchMemoryTest {
    private static final long FEW_ROWS = 1;
    private static final long ALL_ROWS = Long.MAX_VALUE;

    @TempDir
    private Path folder;

    private final OrtEnvironment environment = OrtProcess.environment(1);
    private final OrtSession.SessionOptions options = OrtProcess.sessionOptions(Device.CPU);

    @AfterEach
    void close() {
        options.close();
    }

    /** Each query head with keys of its own, and heads that share keys, at widths that are no multiple of a vector. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void wholeCanvasesHaveTheSameBits(Family family) {
        int kvHeads = family == Family.DREAM ? 2 : 6;
        assertSameBits(
                TinyModels.convert(folder, new Shape(family, 2, 36, 6, kvHeads, 50, 97, 256, false, DataType.F32, 11)));
    }

    /** Rows that are among others at an expert may be alone at it in a stretch of few. */
    @Test
    void wholeCanvasesOfModelsWithExpertsHaveTheSameBits() {
        assertSameBits(TinyModels.convert(
                folder.resolve("moe"),
                TinyFamilies.lladaMoe(folder.resolve("moe").resolve("checkpoint"))));
        assertSameBits(TinyModels.convert(
                folder.resolve("two"), TinyFamilies.llada2(folder.resolve("two").resolve("checkpoint"))));
    }

    private void assertSameBits(Path model) {
        ModelSpec spec = ModelFolder.read(model).spec();
        try (Transformer few = new Transformer(environment, options, model, spec, FEW_ROWS);
                Transformer all = new Transformer(environment, options, model, spec, ALL_ROWS)) {
            Cases.check(20, seed -> {
                assertThat(hidden(few, requests(spec, new Random(seed))))
                        .isEqualTo(hidden(all, requests(spec, new Random(seed))));
            });
        }
    }

    @Test
    void rowsOverKeptOnesHaveTheSameBitsAndSoHasWhatIsTrackedOfThem() {
        for (Tracking.Along along : Tracking.Along.values()) {
            Cases.check(10, seed -> {
                Random random = new Random(seed);
                int length = 20 + random.nextInt(60);
                // Within a stretch of eight rows, one of them or none by itself.
                Tracked few = tracked(along, length, random.nextInt(9), 1 + random.nextInt(8), FEW_ROWS);
                Tracked all = tracked(along, length, few.compared.size(), few.summed.size(), ALL_ROWS);

                assertThat(few.hidden).isEqualTo(all.hidden);
                assertThat(few.told).isEqualTo(all.told);
            });
        }
    }

    /** Sums and means are rounded stretch by stretch then. */
    @Test
    void moreTrackedRowsThanFitAreTrackedStretchByStretch() {
        for (Tracking.Along along : Tracking.Along.values()) {
            Tracked few = tracked(along, 61, 20, 37, FEW_ROWS);
            Tracked all = tracked(along, 61, 20, 37, ALL_ROWS);

            assertThat(few.hidden).isEqualTo(all.hidden);
            assertThat(few.told).hasSameSizeAs(all.told);
            for (int i = 0; i < all.told.size(); i++) {
                assertThat(few.told.get(i)).isCloseTo(all.told.get(i), within(1e-4f));
            }
        }
    }

    @Test
    void stretchesCoverAllRowsAndNoneOfSeveralIsShort() {
        for (int rows = 0; rows < 300; rows++) {
            for (long limit = 1; limit < 400; limit += 7) {
                Tiles tiles = Tiles.of(rows, 3, limit);
                int next = 0;
                for (int tile = 0; tile < tiles.count(); tile++) {
                    assertThat(tiles.begin(tile)).isEqualTo(next);
                    assertThat(tiles.rows(tile)).isBetween(Math.min(4, rows), (int) Math.max(8, limit / 3));
                    next += tiles.rows(tile);
                }
                assertThat(next).isEqualTo(rows);
            }
        }
    }

    private Tracked tracked(Tracking.Along along, int length, int compared, int summed, long scratch) {
        Path model = folder.resolve("model");
        if (!model.toFile().exists()) {
            model = TinyModels.convert(
                    folder, new Shape(Family.DREAM, 2, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11));
        }
        ModelSpec spec = ModelFolder.read(model).spec();
        Tracked tracked = new Tracked(along, first(compared, 0, length), first(summed, 3, length));
        try (Transformer transformer = new Transformer(environment, options, model, spec, scratch)) {
            SequenceRows kept = new SequenceRows(
                    spec.layers(),
                    length,
                    new RowWidths(spec.hidden(), spec.queryWidth(), spec.kvWidth(), spec.kvWidth()));
            Canvas canvas = canvas(spec, length / 2, length - length / 2, new Random(length));
            RowPlan whole = new RowPlan(length);
            whole.refreshAll(length);
            hidden(transformer, List.of(request(canvas, whole, kept, 0)));
            canvas.apply(new Commit(length - 1, 5, 1));
            canvas.apply(new Commit(length / 2, 7, 1));
            RowPlan plan = RowPlan.of(Positions.of(
                    IntStream.range(0, length).map(i -> length - 1 - i).toArray()));
            plan.track(tracked);
            tracked.hidden = hidden(transformer, List.of(request(canvas, plan, kept, 0)));
        }
        return tracked;
    }

    private static Positions first(int count, int step, int length) {
        Positions positions = new Positions(count);
        for (int i = 0; i < count; i++) {
            positions.add((i + step) % length);
        }
        return positions;
    }

    private static List<RowRequest> requests(ModelSpec spec, Random random) {
        List<RowRequest> requests = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            Canvas canvas = canvas(spec, random.nextInt(30), 1 + random.nextInt(60), random);
            int length = canvas.length();
            double guidance = random.nextInt(3) == 0 ? 1.5 : 0;
            boolean keeps = guidance == 0 && random.nextBoolean();
            RowPlan plan = new RowPlan(length);
            plan.rows().addRange(keeps ? random.nextInt(length) : 0, length);
            SequenceRows kept = keeps ? new SequenceRows(spec.layers(), length, spec.kvWidth()) : null;
            requests.add(request(canvas, plan, kept, guidance));
        }
        return requests;
    }

    private static Canvas canvas(ModelSpec spec, int promptLength, int genLength, Random random) {
        int[] prompt = random.ints(promptLength, 0, spec.vocabulary()).toArray();
        return new Canvas(prompt, genLength, spec.maskToken());
    }

    private static RowRequest request(Canvas canvas, RowPlan plan, @Nullable SequenceRows kept, double guidance) {
        return new RowRequest(
                canvas, plan, new Demand(1), new Predictions(), new Guidance(guidance), kept, () -> false);
    }

    private static float[] hidden(Transformer transformer, List<RowRequest> requests) {
        List<Segment> segments = new ArrayList<>();
        requests.forEach(request -> segments.add(new Segment(request)));
        Slab rows = transformer.run(segments);
        int count = segments.stream().mapToInt(Segment::batchRows).sum();
        float[] hidden = new float[count * rows.columns()];
        rows.floats().get(0, hidden);
        assertThat(Arrays.hashCode(hidden)).isNotZero();
        return hidden;
    }

    /** Notes what it is told. */
    private static final class Tracked implements Tracking {
        private final Along along;
        private final Positions compared;
        private final Positions summed;
        private final List<Float> told = new ArrayList<>();
        private float[] hidden = {};

        Tracked(Along along, Positions compared, Positions summed) {
            this.along = along;
            this.compared = compared;
            this.summed = summed;
        }

        @Override
        public Along along() {
            return along;
        }

        @Override
        public Positions compared() {
            return compared;
        }

        @Override
        public Positions summed() {
            return summed;
        }

        @Override
        public boolean stale(int layer, float similarity) {
            told.add(similarity);
            return false;
        }

        @Override
        public void attended(int layer, FloatBuffer columns) {
            for (int key = 0; key < 20; key++) {
                told.add(columns.get(key));
            }
        }
    }
}
