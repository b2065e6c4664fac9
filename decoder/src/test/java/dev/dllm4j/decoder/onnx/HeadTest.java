package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.RowConsumer;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WholeRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HeadTest {
    private static final int VOCABULARY = 97;
    private static final int POSITIONS = 50;

    private static Path model;

    @BeforeAll
    static void convert(@TempDir Path folder) {
        model = TinyModels.convert(
                folder, new Shape(Family.LLADA, 1, 16, 2, 2, 24, VOCABULARY, 64, false, DataType.F32, 5));
    }

    @Test
    void wholeRowsTakeTheMemoryOfOneRunHoweverManyThereAre() {
        try (Scene scene = new Scene(4 * VOCABULARY)) {
            assertThat(scene.head.wholeRowBytes()).as("before any are demanded").isZero();
            scene.predict((slot, row) -> {});
            scene.predict((slot, row) -> {});

            assertThat(scene.head.wholeRowBytes()).isEqualTo(4 * VOCABULARY * Float.BYTES);
        }
    }

    @Test
    void rowsOfSeveralRunsAreThoseOfOne() {
        try (Scene one = new Scene(1 << 20);
                Scene several = new Scene(8 * VOCABULARY)) {
            WholeRows expected = new WholeRows();
            WholeRows actual = new WholeRows();
            one.predict(expected);
            several.predict(actual);

            assertThat(actual.size()).isEqualTo(POSITIONS - 1);
            for (int slot = 1; slot < POSITIONS; slot++) {
                for (int token = 0; token < VOCABULARY; token++) {
                    assertThat(actual.logit(slot, token)).isEqualTo(expected.logit(slot, token));
                }
            }
        }
    }

    @Test
    void aRowComesOnceForEverySlotWhoseRowWasComputedAndAfterItsStatistics() {
        try (Scene scene = new Scene(4 * VOCABULARY)) {
            List<Integer> slots = new ArrayList<>();
            scene.predict((slot, row) -> {
                slots.add(slot);
                int best = scene.predictions.token(slot);
                for (int token = 0; token < VOCABULARY - 1; token++) {
                    assertThat(row.get(token)).isLessThanOrEqualTo(row.get(best) + 1e-4f);
                }
                assertThat(row.remaining()).isEqualTo(VOCABULARY);
            });

            // The first position's row is not computed.
            assertThat(slots)
                    .hasSize(POSITIONS - 1)
                    .isSorted()
                    .doesNotHaveDuplicates()
                    .doesNotContain(0);
        }
    }

    /** A head over random rows, all but the first of a canvas. */
    private static final class Scene implements AutoCloseable {
        final Predictions predictions = new Predictions();
        final Head head;
        private final OrtSession.SessionOptions options;
        private final ModelSpec spec = ModelFolder.read(model).spec();
        private final Slab hidden;

        Scene(int logitsPerRun) {
            OrtEnvironment environment = OrtProcess.environment(1);
            options = OrtProcess.sessionOptions(Device.CPU);
            head = new Head(environment, options, model, spec, logitsPerRun);
            hidden = Slab.floats(environment, spec.hidden());
            hidden.reserve(POSITIONS);
            Random random = new Random(1);
            for (int i = 0; i < POSITIONS * spec.hidden(); i++) {
                hidden.floats().put(i, (float) random.nextGaussian());
            }
        }

        void predict(RowConsumer consumer) {
            Canvas canvas = new Canvas(new int[0], POSITIONS, spec.maskToken());
            Positions rows = new Positions(POSITIONS);
            rows.addRange(1, POSITIONS);
            Demand demand = new Demand(POSITIONS);
            demand.positions().addRange(0, POSITIONS);
            demand.fullRows(consumer);
            RowRequest request = new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false);
            head.predict(List.of(new Segment(request)), hidden, asked -> "none");
        }

        @Override
        public void close() {
            Closing.all(List.of(options, hidden, head));
        }
    }
}
