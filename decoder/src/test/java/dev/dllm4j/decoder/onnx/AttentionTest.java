package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.cache.Tracking;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.canvas.Canvas;
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
import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes back of tracked attention, against the same numbers worked out by hand or plainly in double precision. */
class AttentionTest {
    @TempDir
    private Path folder;

    /** Property 6 of Elastic-Cache: two heads, two keys, one tracked row. */
    @ParameterizedTest
    @CsvSource({"HEADS, 0.985020", "KEYS, 0.985262"})
    void theSimilarityOfTwoHeadsIsThatOfTheWorkedExample(Along along, double expected) {
        double[][] before = {{0.7, 0.3}, {0.2, 0.8}};
        double[][] now = {{0.6, 0.4}, {0.3, 0.7}};

        assertThat(similarity(along, before, now)).isCloseTo(expected, within(2e-6));
    }

    /** The released code's reading never triggers with one head. */
    @ParameterizedTest
    @CsvSource({"HEADS, 1", "KEYS, 0.219512"})
    void alongHeadsOneHeadIsAlwaysSimilar(Along along, double expected) {
        assertThat(similarity(along, new double[][] {{0.9, 0.1}}, new double[][] {{0.1, 0.9}}))
                .isCloseTo(expected, within(2e-6));
    }

    @ParameterizedTest
    @EnumSource(Along.class)
    void groupedQueriesAreComparedAndSummedHeadByHead(Along along) {
        try (Scene scene = new Scene(new Shape(Family.LLADA, 1, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11))) {
            Cases.check(10, seed -> {
                Random random = new Random(seed);
                int length = 3 + random.nextInt(20);
                Attended attended = scene.random(along, length, random);

                assertThat(attended.similarity).isCloseTo((float) attended.expectedSimilarity, within(1e-5f));
                for (int key = 0; key < length; key++) {
                    assertThat(attended.columns[key]).isCloseTo((float) attended.expectedColumns[key], within(1e-5f));
                }
                assertThat(attended.kinds).containsExactly("compared", "summed");
            });
        }
    }

    @Test
    void trackingChangesNoBitOfTheAttendedRows() {
        try (Scene scene = new Scene(new Shape(Family.DREAM, 1, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11))) {
            Cases.check(10, seed -> {
                float[] tracked = scene.random(Along.HEADS, 17, new Random(seed)).rows;
                float[] plain = scene.random(null, 17, new Random(seed)).rows;

                assertThat(tracked).isEqualTo(plain);
            });
        }
    }

    /** With scratch memory for everything, and for a few rows at once. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 4096})
    void overFloat16RowsItIsThatOverFloat32RowsThatHoldTheRoundedNumbers(long scratchBytes) {
        Shape shape = new Shape(Family.LLADA, 1, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11);
        try (Scene scene = new Scene(shape, scratchBytes)) {
            Cases.check(10, seed -> {
                Random random = new Random(seed);
                int length = 10 + random.nextInt(60);
                Along along = random.nextBoolean() ? Along.HEADS : Along.KEYS;
                Positions rows = Positions.of(IntStream.range(0, 9).toArray());
                Positions tracked = Positions.of(1, 2, 3, 5, 8, 0, 7, 6, 4);
                float[] oldQueries = scene.numbers(9 * scene.spec.queryWidth(), random);
                float[] oldKeys = scene.numbers(length * scene.spec.kvWidth(), random);
                float[] queries = scene.numbers(9 * scene.spec.queryWidth(), random);
                float[] keys = scene.numbers(9 * scene.spec.kvWidth(), random);
                float[] values = scene.numbers(9 * scene.spec.kvWidth(), random);
                Attended halves = scene.attend(
                        RowType.F16, along, length, oldQueries, oldKeys, tracked, queries, keys, values, rows);
                for (float[] numbers : List.of(oldQueries, oldKeys, keys, values)) {
                    RowType.F16.round(FloatBuffer.wrap(numbers), 0, numbers.length);
                }
                Attended floats = scene.attend(
                        RowType.F32, along, length, oldQueries, oldKeys, tracked, queries, keys, values, rows);

                assertThat(halves.rows).isEqualTo(floats.rows);
                assertThat(halves.similarity).isEqualTo(floats.similarity).isBetween(-1f, 1f);
                assertThat(halves.columns).isEqualTo(floats.columns);
            });
        }
    }

    private double similarity(Along along, double[][] before, double[][] now) {
        int heads = before.length;
        try (Scene scene =
                new Scene(new Shape(Family.LLADA, 1, 2 * heads, heads, heads, 8, 32, 64, false, DataType.F32, 1))) {
            float[] keys = new float[2 * 2 * heads];
            for (int head = 0; head < heads; head++) {
                keys[2 * head] = (float) Math.sqrt(2);
                keys[2 * heads + 2 * head + 1] = (float) Math.sqrt(2);
            }
            return scene.attend(
                            along, 2, logarithms(before), keys, Positions.of(0), logarithms(now), keys, Positions.of(0))
                    .similarity;
        }
    }

    /** A query row whose scores against the unit keys are the logarithms of the wanted weights. */
    private static float[] logarithms(double[][] weights) {
        float[] row = new float[2 * weights.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) Math.log(weights[i / 2][i % 2]);
        }
        return row;
    }

    /** What attention told its tracking, and what it should have. */
    private static final class Attended implements Tracking {
        private final Along along;
        private final Positions compared;
        private final java.util.List<String> kinds = new java.util.ArrayList<>();
        private float similarity = Float.NaN;
        private float[] columns = {};
        private float[] rows = {};
        private double expectedSimilarity;
        private double[] expectedColumns = {};

        Attended(Along along, Positions compared) {
            this.along = along;
            this.compared = compared;
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
            return compared;
        }

        @Override
        public boolean stale(int layer, float measured) {
            kinds.add("compared");
            similarity = measured;
            return false;
        }

        @Override
        public void attended(int layer, FloatBuffer sums) {
            kinds.add("summed");
            columns = new float[sums.capacity()];
            sums.get(0, columns);
        }
    }

    private final class Scene implements AutoCloseable {
        private final OrtEnvironment environment = OrtProcess.environment(1);
        private final OrtSession.SessionOptions options = OrtProcess.sessionOptions(Device.CPU);
        private final ModelSpec spec;
        private final Attention attention;

        Scene(Shape shape) {
            this(shape, Long.MAX_VALUE);
        }

        Scene(Shape shape, long scratchBytes) {
            Path model = TinyModels.convert(folder, shape);
            spec = ModelFolder.read(model).spec();
            attention = new Attention(environment, options, model, spec, scratchBytes);
        }

        /** Some rows of random queries, keys and values over random kept rows. */
        Attended random(@org.jspecify.annotations.Nullable Along along, int length, Random random) {
            Positions rows = Positions.of(length - 1, 0, length / 2);
            Positions tracked = along == null ? new Positions(1) : Positions.of(length / 2, length - 1);
            float[] oldQueries = numbers(2 * spec.queryWidth(), random);
            float[] oldKeys = numbers(length * spec.kvWidth(), random);
            float[] queries = numbers(3 * spec.queryWidth(), random);
            float[] keys = numbers(3 * spec.kvWidth(), random);
            Attended attended = attend(
                    along == null ? Along.HEADS : along, length, oldQueries, oldKeys, tracked, queries, keys, rows);
            if (along != null) {
                double[][][] before = weights(oldQueries, oldKeys, 2, length);
                float[] newKeys = oldKeys.clone();
                for (int i = 0; i < 3; i++) {
                    System.arraycopy(keys, i * spec.kvWidth(), newKeys, rows.get(i) * spec.kvWidth(), spec.kvWidth());
                }
                double[][][] all = weights(queries, newKeys, 3, length);
                double[][][] now = {all[2], all[0]};
                attended.expectedSimilarity = cosine(along, before, now, length);
                attended.expectedColumns = new double[length];
                for (int key = 0; key < length; key++) {
                    for (double[][] row : now) {
                        for (double[] head : row) {
                            attended.expectedColumns[key] += head[key];
                        }
                    }
                }
            }
            return attended;
        }

        /** Attends with a layer whose kept queries (of the tracked rows) and keys are given. */
        Attended attend(
                Along along,
                int length,
                float[] oldQueries,
                float[] oldKeys,
                Positions tracked,
                float[] queries,
                float[] keys,
                Positions rows) {
            return attend(RowType.F32, along, length, oldQueries, oldKeys, tracked, queries, keys, queries, rows);
        }

        Attended attend(
                RowType type,
                Along along,
                int length,
                float[] oldQueries,
                float[] oldKeys,
                Positions tracked,
                float[] queries,
                float[] keys,
                float[] values,
                Positions rows) {
            RowWidths widths = new RowWidths(spec.hidden(), spec.queryWidth(), spec.kvWidth(), spec.kvWidth(), type);
            SequenceRows kept = new SequenceRows(1, length, widths);
            Positions all = new Positions(length);
            all.addRange(0, length);
            kept.layer(0).write(all, FloatBuffer.wrap(oldKeys), FloatBuffer.allocate(oldKeys.length), 0);
            kept.layer(0).writeQueries(tracked, FloatBuffer.wrap(oldQueries), 0);
            RowPlan plan = RowPlan.of(rows);
            Attended attended = new Attended(along, tracked);
            if (!tracked.isEmpty()) {
                plan.track(attended);
            }
            Canvas canvas = new Canvas(new int[length - 1], 1, spec.maskToken());
            RowRequest request =
                    new RowRequest(canvas, plan, new Demand(1), new Predictions(), Guidance.NONE, kept, () -> false);
            try (Slab q = slab(spec.queryWidth(), queries);
                    Slab k = slab(spec.kvWidth(), Arrays.copyOf(keys, rows.size() * spec.kvWidth()));
                    Slab v = slab(spec.kvWidth(), Arrays.copyOf(values, rows.size() * spec.kvWidth()));
                    Slab a = slab(spec.queryWidth(), new float[rows.size() * spec.queryWidth()])) {
                attention.attend(0, new Segment(request), 0, q, k, v, a);
                attended.rows = new float[rows.size() * spec.queryWidth()];
                a.floats().get(0, attended.rows);
            }
            return attended;
        }

        private Slab slab(int columns, float[] content) {
            Slab slab = Slab.floats(environment, columns);
            slab.reserve(content.length / columns);
            slab.floats().put(0, content);
            return slab;
        }

        private float[] numbers(int count, Random random) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            return numbers;
        }

        /** Attention weights, {@code [rows][heads][keys]}. */
        private double[][][] weights(float[] queries, float[] keys, int rows, int length) {
            double[][][] weights = new double[rows][spec.heads()][length];
            int width = spec.headWidth();
            for (int row = 0; row < rows; row++) {
                for (int head = 0; head < spec.heads(); head++) {
                    double total = 0;
                    int group = head / (spec.heads() / spec.kvHeads());
                    for (int key = 0; key < length; key++) {
                        double score = 0;
                        for (int i = 0; i < width; i++) {
                            score += (double) queries[row * spec.queryWidth() + head * width + i]
                                    * keys[key * spec.kvWidth() + group * width + i];
                        }
                        weights[row][head][key] = Math.exp(score / Math.sqrt(width));
                        total += weights[row][head][key];
                    }
                    for (int key = 0; key < length; key++) {
                        weights[row][head][key] /= total;
                    }
                }
            }
            return weights;
        }

        private double cosine(Along along, double[][][] before, double[][][] now, int length) {
            double sum = 0;
            int count = 0;
            for (int row = 0; row < now.length; row++) {
                int others = along == Along.HEADS ? length : spec.heads();
                for (int other = 0; other < others; other++) {
                    sum += cosine(line(along, before[row], other), line(along, now[row], other));
                    count++;
                }
            }
            return sum / count;
        }

        private double[] line(Along along, double[][] heads, int other) {
            return along == Along.KEYS
                    ? heads[other]
                    : Arrays.stream(heads).mapToDouble(head -> head[other]).toArray();
        }

        private double cosine(double[] x, double[] y) {
            double product = 0;
            double left = 0;
            double right = 0;
            for (int i = 0; i < x.length; i++) {
                product += x[i] * y[i];
                left += x[i] * x[i];
                right += y[i] * y[i];
            }
            return product / Math.sqrt(left * right);
        }

        @Override
        public void close() {
            attention.close();
            try {
                options.close();
            } catch (RuntimeException e) {
                throw new AssertionError(e);
            }
        }
    }
}
