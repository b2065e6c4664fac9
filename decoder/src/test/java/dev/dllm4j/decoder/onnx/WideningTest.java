package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Forwards that begin with some rows and go on with all. Where nothing has changed since the rows were kept, kept inputs
 * are exact, and such a forward says, to the bit, what a full one says.
 */
class WideningTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Family.class)
    void onAnUnchangedCanvasEveryLayerMayBeTheFirstOfAllRows(Family family) {
        try (OnnxModel model = TinyModels.open(folder, family)) {
            Cases.check(20, seed -> {
                Random random = new Random(seed);
                List<RowRequest> full = new ArrayList<>();
                List<RowRequest> widening = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Canvas canvas = canvas(model.spec(), random);
                    SequenceRows kept = kept(model.spec(), canvas.length(), RowType.F32);
                    RowPlan all = new RowPlan(canvas.length());
                    all.refreshAll(canvas.length());
                    full.add(request(canvas, all, kept));
                    RowPlan some = RowPlan.of(rows(canvas.length(), random));
                    some.refreshFrom(1 + random.nextInt(model.spec().layers() - 1));
                    widening.add(request(canvas, some, kept));
                }
                model.predict(full);
                model.predict(widening);
                for (int i = 0; i < 3; i++) {
                    assertThat(bits(widening.get(i))).isEqualTo(bits(full.get(i)));
                }
            });
        }
    }

    /** Positions whose row is computed are predicted as in the full forward, the others not at all. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void onAnUnchangedCanvasReusedRowsAreAsGoodAsComputedOnes(Family family) {
        try (OnnxModel model = TinyModels.open(folder, family)) {
            Cases.check(20, seed -> {
                Random random = new Random(seed);
                Canvas canvas = canvas(model.spec(), random);
                SequenceRows kept =
                        kept(model.spec(), canvas.length(), random.nextBoolean() ? RowType.F16 : RowType.F32);
                RowPlan all = new RowPlan(canvas.length());
                all.refreshAll(canvas.length());
                RowRequest full = request(canvas, all, kept);
                model.predict(List.of(full));
                Positions rows = rows(canvas.length(), random);
                RowRequest some = request(canvas, RowPlan.of(rows), kept);
                model.predict(List.of(some));

                for (int slot = 1; slot < canvas.length(); slot++) {
                    int predictor = family.predictorOf(slot);
                    boolean computed = rows.stream().anyMatch(row -> row == predictor);
                    if (computed) {
                        assertThat(some.predictions().probability(slot))
                                .isEqualTo(full.predictions().probability(slot));
                    } else if (rows.get(0) != slot) {
                        assertThat(some.predictions().present(slot)).isFalse();
                    }
                }
            });
        }
    }

    private static Canvas canvas(ModelSpec spec, Random random) {
        int[] prompt = random.ints(1 + random.nextInt(12), 0, spec.vocabulary()).toArray();
        return new Canvas(prompt, 1 + random.nextInt(30), spec.maskToken());
    }

    private static SequenceRows kept(ModelSpec spec, int length, RowType type) {
        return new SequenceRows(
                spec.layers(),
                length,
                new RowWidths(spec.hidden(), spec.queryWidth(), spec.kvWidth(), spec.kvWidth(), type));
    }

    private static Positions rows(int length, Random random) {
        return Positions.of(IntStream.range(0, length)
                .filter(position -> position == 0 || random.nextInt(3) == 0)
                .toArray());
    }

    private static RowRequest request(Canvas canvas, RowPlan plan, @Nullable SequenceRows kept) {
        Demand demand = new Demand(canvas.length());
        demand.positions().addRange(0, canvas.length());
        return new RowRequest(canvas, plan, demand, new Predictions(), Guidance.NONE, kept, () -> false);
    }

    private static List<Integer> bits(RowRequest request) {
        Predictions predictions = request.predictions();
        List<Integer> bits = new ArrayList<>();
        for (int slot = 0; slot < predictions.size(); slot++) {
            assertThat(predictions.present(slot)).isTrue();
            bits.add(predictions.token(slot));
            bits.add(Float.floatToIntBits(predictions.probability(slot)));
            bits.add(Float.floatToIntBits(predictions.entropy(slot)));
            bits.add(Float.floatToIntBits(predictions.logSumExp(slot)));
        }
        return bits;
    }
}
