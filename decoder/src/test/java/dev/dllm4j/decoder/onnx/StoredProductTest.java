package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.StarterReference;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.CheckpointTensors;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Products with weights of few bits: what they lose, and what they do not. */
class StoredProductTest {
    private static final int CANVASES = 10;
    private static final int ROWS = 64;
    private static final int STARTER_MASK = 0;

    @TempDir
    private Path folder;

    /** Random weights, whose logits amplify any rounding: bfloat16's own agrees in 97 of 100 best tokens. */
    @ParameterizedTest
    @CsvSource({
        "llada-tiny, BF16, 4e-3, 0.96",
        "llada-tiny, INT8, 0.06, 0.86",
        "dream-tiny, BF16, 4e-3, 0.96",
        "dream-tiny, INT8, 0.06, 0.86"
    })
    void rowsOfTheTinyCheckpointsStayNearFloat32s(String name, WeightType type, double most, double least) {
        Random random = new Random(5);
        List<Canvas> canvases = IntStream.range(0, CANVASES)
                .mapToObj(canvas -> new Canvas(ids(random, ROWS, 320), 0))
                .toList();
        Loss loss = loss(GoldenFolder.find(name + "/f32"), type, canvases);
        System.out.println(name + " " + loss);
        assertThat(loss.divergence()).isBetween(1e-5, most);
        assertThat(loss.agreement()).isGreaterThan(least);
    }

    @ParameterizedTest
    @CsvSource({"INT8, 1e-4, 0.99", "MIXED, 5e-4, 0.99", "INT4, 1e-3, 0.99"})
    void aTrainedModelTakesTheSameTokens(WeightType type, double most, double least) throws IOException {
        Random random = new Random(5);
        List<Canvas> canvases = new ArrayList<>();
        for (JsonNode decode : StarterReference.read().get("plain_decodes")) {
            List<Integer> ids = new ArrayList<>(Trace.integers(decode.get("final_ids")));
            int prompt = decode.get("prompt_ids").size();
            for (int position = prompt; position < ids.size(); position++) {
                ids.set(position, random.nextBoolean() ? STARTER_MASK : ids.get(position));
            }
            canvases.add(new Canvas(ids, prompt));
        }
        Loss loss = loss(StarterReference.checkpoint(), type, canvases);
        System.out.println("starter " + loss);
        assertThat(loss.divergence()).isBetween(1e-7, most);
        assertThat(loss.agreement()).isGreaterThan(least);
    }

    /** A row's bits in forwards of so many rows, beside kept ones, are those of the forward that computed all. */
    @ParameterizedTest
    @EnumSource(
            value = WeightType.class,
            names = {"F32", "INT8", "INT4", "MIXED"})
    void aRowsBitsDoNotDependOnHowManyThereAre(WeightType type) {
        try (OnnxModel model = TinyModels.openWide(folder, type)) {
            ModelSpec spec = model.spec();
            int length = spec.context();
            List<Integer> ids = ids(new Random(3), length, spec.vocabulary());
            SequenceRows kept = new SequenceRows(spec.layers(), length, spec.kvWidth());
            GoldenRows all = GoldenRows.ask(spec, ids, 0, length, kept);
            model.predict(List.of(all.request()));
            for (int rows : new int[] {1, 2, 3, 5, 31, 33, 255, 256}) {
                for (int from : new int[] {0, (length - rows) / 2, length - rows}) {
                    GoldenRows some = GoldenRows.ask(spec, ids, from, from + rows, kept);
                    model.predict(List.of(some.request()));
                    for (int row = 0; row < rows; row++) {
                        assertThat(bits(some, row))
                                .as("row %d of %d from %d", row, rows, from)
                                .isEqualTo(bits(all, from + row));
                    }
                }
            }
        }
    }

    /** Rounding to eight bits would make a number of it again. */
    @ParameterizedTest
    @CsvSource({
        "blocks.0.attn_norm, INT8",
        "blocks.1.ff_norm, INT8",
        "ln_f, INT8",
        "blocks.1.ff_norm, INT4",
        "blocks.0.attn_norm, INT4"
    })
    void whatOverflowsIsNoNumberInTheEnd(String norm, WeightType type) {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), TinyModels.wide());
        CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
        tensors.change("model.transformer." + norm + ".weight", (index, value) -> index == 7 ? 3e38 : value);
        tensors.save();
        try (OnnxModel model = OnnxModel.open(TinyModels.convert(folder, checkpoint, type), RuntimeOptions.DEFAULT)) {
            GoldenRows rows = GoldenRows.ask(
                    model.spec(), ids(new Random(3), ROWS, model.spec().vocabulary()), 0, ROWS, null);
            assertThatThrownBy(() -> model.predict(List.of(rows.request())))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("gives no number", "convert again with --weights f32");
        }
    }

    @Test
    void aRowOfZerosIsARowOfZeros() {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), TinyModels.wide());
        CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
        tensors.change("model.transformer.ff_out.weight", (index, value) -> index / 64 == 5 ? 0 : value);
        tensors.save();
        try (OnnxModel model =
                OnnxModel.open(TinyModels.convert(folder, checkpoint, WeightType.INT8), RuntimeOptions.DEFAULT)) {
            GoldenRows rows = GoldenRows.ask(
                    model.spec(), ids(new Random(3), ROWS, model.spec().vocabulary()), 0, ROWS, null);
            model.predict(List.of(rows.request()));
            for (int row = 0; row < ROWS; row++) {
                assertThat(rows.rows().logit(row, 5)).isZero();
                assertThat(rows.rows().logit(row, 6)).isNotZero();
            }
        }
    }

    private Loss loss(Path checkpoint, WeightType type, List<Canvas> canvases) {
        double diverged = 0;
        int agreed = 0;
        int compared = 0;
        try (OnnxModel plain = open("plain", checkpoint, WeightType.F32);
                OnnxModel coded = open("coded", checkpoint, type)) {
            ModelSpec spec = plain.spec();
            for (Canvas canvas : canvases) {
                GoldenRows expected = canvas.ask(spec);
                GoldenRows actual = canvas.ask(spec);
                plain.predict(List.of(expected.request()));
                coded.predict(List.of(actual.request()));
                for (int row = canvas.from(); row < canvas.ids().size(); row++) {
                    if (canvas.from() == 0 || canvas.ids().get(row) == spec.maskToken()) {
                        diverged += divergence(expected, actual, row);
                        agreed += expected.request().predictions().token(row)
                                        == actual.request().predictions().token(row)
                                ? 1
                                : 0;
                        compared++;
                    }
                }
            }
        }
        return new Loss(type, diverged / compared, agreed / (double) compared);
    }

    /** Kullback–Leibler divergence of a row's tokens under coded weights from those under float32, in nats. */
    private static double divergence(GoldenRows expected, GoldenRows actual, int row) {
        double wanted = expected.request().predictions().logSumExp(row);
        double got = actual.request().predictions().logSumExp(row);
        double sum = 0;
        for (int token = 0; token < expected.spec().vocabulary(); token++) {
            double log = expected.rows().logit(row, token) - wanted;
            sum += Math.exp(log) * (log - (actual.rows().logit(row, token) - got));
        }
        return sum;
    }

    private static List<Integer> bits(GoldenRows asked, int slot) {
        Predictions predictions = asked.request().predictions();
        List<Integer> bits = new ArrayList<>(List.of(
                predictions.token(slot),
                predictions.secondToken(slot),
                Float.floatToIntBits(predictions.confidence(slot)),
                Float.floatToIntBits(predictions.entropy(slot))));
        for (int token = 0; token < asked.spec().vocabulary(); token++) {
            bits.add(Float.floatToIntBits(asked.rows().logit(slot, token)));
        }
        return bits;
    }

    private static List<Integer> ids(Random random, int count, int vocabulary) {
        return random.ints(count, 0, vocabulary).boxed().toList();
    }

    private OnnxModel open(String name, Path checkpoint, WeightType type) {
        return OnnxModel.open(TinyModels.convert(folder.resolve(name), checkpoint, type), RuntimeOptions.DEFAULT);
    }

    /**
     * Ids whose rows are compared.
     *
     * @param from the first of them; where it is not 0, of masks alone
     */
    private record Canvas(List<Integer> ids, int from) {
        GoldenRows ask(ModelSpec spec) {
            return GoldenRows.ask(spec, ids, 0, ids.size(), null);
        }
    }

    /**
     * What rows lost.
     *
     * @param divergence mean of a row, in nats
     * @param agreement share of equal best tokens
     */
    private record Loss(WeightType type, double divergence, double agreement) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s: KL %.2e, %.2f %% of best tokens", type, divergence, 100 * agreement);
        }
    }
}
