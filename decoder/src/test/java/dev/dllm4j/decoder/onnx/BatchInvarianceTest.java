package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyFamilies;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WholeRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sequence gets in a batch, bit for bit, what it gets alone, as whatever it keeps rows or would keep them. */
class BatchInvarianceTest {
    @TempDir
    private Path folder;

    /** Both families, rows that do not see every key, and layers that have more or other parts than theirs. */
    static Stream<Named<Function<Path, OnnxModel>>> models() {
        return Stream.of(
                model(Family.LLADA, new Sight.Everything()),
                model(Family.DREAM, new Sight.Everything()),
                model(Family.LLADA, new Sight.BlockCausal(4, Sight.Origin.START)),
                model(Family.DREAM, new Sight.BlockCausal(8, Sight.Origin.START)),
                model(Family.LLADA, new Sight.BlockCausal(3, Sight.Origin.ANSWER)),
                model(Family.LLADA, new Sight.Alternating(5, 2)),
                Named.of("SDAR", folder -> open(folder, TinyFamilies.sdar(folder.resolve("checkpoint")))),
                Named.of("ModernBERT", folder -> open(folder, TinyFamilies.modernBert(folder.resolve("checkpoint")))),
                Named.of("LLaDA-MoE", folder -> open(folder, TinyFamilies.lladaMoe(folder.resolve("checkpoint")))),
                Named.of("LLaDA2", folder -> open(folder, TinyFamilies.llada2(folder.resolve("checkpoint")))),
                Named.of("int8", folder -> TinyModels.open(folder, Family.DREAM, WeightType.INT8)),
                Named.of(
                        "int8 experts",
                        folder -> open(folder, TinyFamilies.llada2(folder.resolve("checkpoint")), WeightType.INT8)),
                Named.of(
                        "int8 with lone rows at experts",
                        folder -> open(folder, TinyFamilies.lladaMoe(folder.resolve("checkpoint")), WeightType.INT8)),
                Named.of("int4", folder -> TinyModels.openWide(folder, WeightType.INT4)),
                Named.of("mixed", folder -> TinyModels.openWide(folder, WeightType.MIXED)));
    }

    private static Named<Function<Path, OnnxModel>> model(Family family, Sight sight) {
        return Named.of(family + ", " + sight, folder -> TinyModels.open(folder, family, sight));
    }

    private static OnnxModel open(Path folder, Path checkpoint) {
        return open(folder, checkpoint, WeightType.F32);
    }

    private static OnnxModel open(Path folder, Path checkpoint, WeightType weights) {
        return OnnxModel.open(TinyModels.convert(folder, checkpoint, weights), RuntimeOptions.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("models")
    void sequencesOfDifferentLengthShareAForwardWithoutANumberChanging(Function<Path, OnnxModel> open) {
        try (OnnxModel model = open.apply(folder)) {
            Cases.check(20, seed -> {
                Random random = new Random(seed);
                List<Sequence> sequences = IntStream.range(0, 3)
                        .mapToObj(i -> Sequence.random(model.spec(), random))
                        .toList();
                List<List<Integer>> alone = sequences.stream()
                        .map(sequence -> {
                            Asked asked = sequence.request(() -> false);
                            model.predict(List.of(asked.request()));
                            return bits(model.spec(), asked);
                        })
                        .toList();
                List<Asked> together = sequences.stream()
                        .map(sequence -> sequence.request(() -> false))
                        .toList();
                predict(model, together);
                for (int i = 0; i < together.size(); i++) {
                    assertThat(bits(model.spec(), together.get(i))).isEqualTo(alone.get(i));
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void cancellingOneBetweenTwoLayersLeavesTheOthersTheirBits(Function<Path, OnnxModel> open) {
        try (OnnxModel model = open.apply(folder)) {
            Cases.check(12, seed -> {
                Random random = new Random(seed);
                List<Sequence> sequences = IntStream.range(0, 3)
                        .mapToObj(i -> Sequence.random(model.spec(), random))
                        .toList();
                List<Asked> undisturbed = sequences.stream()
                        .map(sequence -> sequence.request(() -> false))
                        .toList();
                predict(model, undisturbed);
                int victim = random.nextInt(3);
                int layer = random.nextInt(model.spec().layers() + 1);
                AtomicInteger asked = new AtomicInteger();
                List<Asked> disturbed = IntStream.range(0, 3)
                        .mapToObj(i -> sequences
                                .get(i)
                                .request(i == victim ? () -> asked.getAndIncrement() >= layer : () -> false))
                        .toList();
                predict(model, disturbed);
                for (int i = 0; i < 3; i++) {
                    if (i == victim) {
                        assertThat(disturbed.get(i).request().predictions().size())
                                .as("slots of the cancelled one")
                                .isZero();
                    } else {
                        assertThat(bits(model.spec(), disturbed.get(i)))
                                .isEqualTo(bits(model.spec(), undisturbed.get(i)));
                    }
                }
            });
        }
    }

    private static void predict(OnnxModel model, List<Asked> asked) {
        model.predict(asked.stream().map(Asked::request).toList());
    }

    /** A request, and the rows that come of it. */
    private record Asked(RowRequest request, WholeRows rows) {}

    /** Every statistic and every logit, as bits. */
    private static List<Integer> bits(ModelSpec spec, Asked asked) {
        List<Integer> bits = new ArrayList<>();
        Predictions predictions = asked.request().predictions();
        assertThat(predictions.size()).isPositive();
        for (int slot = 0; slot < predictions.size(); slot++) {
            bits.add(predictions.present(slot) ? 1 : 0);
            if (!predictions.present(slot)) {
                continue;
            }
            bits.add(predictions.token(slot));
            bits.add(predictions.secondToken(slot));
            bits.add(Float.floatToIntBits(predictions.confidence(slot)));
            bits.add(Float.floatToIntBits(predictions.secondProbability(slot)));
            bits.add(Float.floatToIntBits(predictions.entropy(slot)));
            bits.add(Float.floatToIntBits(predictions.logSumExp(slot)));
            bits.add(Float.floatToIntBits(predictions.candidateLogit(slot, 0)));
            for (int token = 0; token < spec.vocabulary(); token++) {
                bits.add(Float.floatToIntBits(asked.rows().logit(slot, token)));
            }
        }
        return bits;
    }

    /** A canvas with some tokens committed, and the rows and positions a step might ask for. */
    private record Sequence(
            ModelSpec spec, long seed, int promptLength, int genLength, List<Integer> rows, double guidance) {
        static Sequence random(ModelSpec spec, Random random) {
            int promptLength = random.nextInt(12);
            int genLength = 1 + random.nextInt(40);
            int length = promptLength + genLength;
            List<Integer> rows =
                    new ArrayList<>(IntStream.range(0, length).boxed().toList());
            double guidance = random.nextInt(4) == 0 ? 1.5 : 0;
            if (random.nextBoolean()) {
                Collections.shuffle(rows, random);
                rows = new ArrayList<>(rows.subList(0, 1 + random.nextInt(length)));
            }
            if (!(spec.sight() instanceof Sight.Everything)) {
                Collections.sort(rows);
            }
            return new Sequence(spec, random.nextLong(), promptLength, genLength, List.copyOf(rows), guidance);
        }

        Asked request(java.util.function.BooleanSupplier cancelled) {
            Random random = new Random(seed);
            int[] prompt = random.ints(promptLength, 0, spec.vocabulary()).toArray();
            Canvas canvas = new Canvas(prompt, genLength, spec.maskToken());
            for (int position = promptLength; position < canvas.length(); position++) {
                if (random.nextBoolean()) {
                    canvas.apply(new Commit(position, (spec.maskToken() + 1) % spec.vocabulary(), 1));
                }
            }
            Demand demand = new Demand(canvas.length());
            demand.positions().addRange(0, canvas.length());
            demand.candidates(
                    1, random.ints(canvas.length(), 0, spec.vocabulary()).toArray());
            WholeRows whole = new WholeRows();
            demand.fullRows(whole);
            if (random.nextInt(3) == 0) {
                demand.forbid(Set.of(1, 2, 3 + random.nextInt(spec.maskToken() - 3)));
            }
            if (random.nextInt(3) == 0) {
                demand.bias(Map.of(2, 1.5f, 3 + random.nextInt(spec.maskToken() - 3), -4f));
            }
            Positions computed =
                    Positions.of(rows.stream().mapToInt(Integer::intValue).toArray());
            boolean keeps = guidance == 0 && rows.size() < canvas.length();
            RowType type = random.nextBoolean() ? RowType.F16 : RowType.F32;
            RowWidths widths = RowWidths.keysAndValues(spec.kvWidth(), type);
            SequenceRows kept = keeps ? new SequenceRows(spec.layers(), canvas.length(), widths) : null;
            return new Asked(
                    new RowRequest(
                            canvas,
                            RowPlan.of(computed),
                            demand,
                            new Predictions(),
                            new Guidance(guidance),
                            kept,
                            type,
                            cancelled),
                    whole);
        }
    }
}
