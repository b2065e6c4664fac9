package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.Npy;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WholeRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logits of the originals' own modelling code on tiny checkpoints, against ours from the converted folders. */
class GoldenVectorsTest {
    private static final double TOLERANCE = 1e-3;

    @TempDir
    private Path folder;

    private OnnxModel open(String model, String weights) {
        Path checkpoint = GoldenFolder.find(model + "/" + weights);
        return OnnxModel.open(TinyModels.convert(folder, checkpoint), RuntimeOptions.DEFAULT);
    }

    private static JsonNode manifest(String model, String weights) throws IOException {
        return new ObjectMapper()
                .readTree(GoldenFolder.find(vectors(model, weights) + "/manifest.json")
                        .toFile());
    }

    private static String vectors(String model, String weights) {
        return model + "/vectors-" + (weights.equals("bf16") ? "bf16" : "f32");
    }

    @ParameterizedTest
    @CsvSource({
        "llada-tiny, f32",
        "llada-tiny, bf16",
        "llada-tiny, f32-sharded",
        "llada-tiny-gqa2, f32",
        "llada-tiny-gqa2, bf16",
        "dream-tiny, f32",
        "dream-tiny, bf16"
    })
    void fullForwardsOfEveryCaseGiveTheOriginalsLogits(String model, String weights) throws IOException {
        try (OnnxModel onnx = open(model, weights)) {
            for (JsonNode batch : manifest(model, weights).get("cases")) {
                Npy expected = npy(model, weights, batch.get("logits").asText());
                List<Asked> requests = new ArrayList<>();
                for (JsonNode ids : batch.get("input_ids")) {
                    requests.add(request(onnx.spec(), Trace.integers(ids), 0, ids.size(), null));
                }
                onnx.predict(requests.stream().map(Asked::request).toList());
                for (int sequence = 0; sequence < requests.size(); sequence++) {
                    assertRows(onnx.spec(), requests.get(sequence), expected, sequence, 0);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"llada-tiny, f32", "dream-tiny, f32", "dream-tiny, bf16"})
    void rowsBehindPaddingAreWhatTheOriginalsPadForAnAttentionMask(String model, String weights) throws IOException {
        try (OnnxModel onnx = open(model, weights)) {
            JsonNode padded = manifest(model, weights).get("left_padding");
            Npy expected = npy(model, weights, padded.get("logits").asText());
            for (int sequence = 0; sequence < padded.get("input_ids").size(); sequence++) {
                List<Integer> ids = Trace.integers(padded.get("input_ids").get(sequence));
                int start = Trace.integers(padded.get("attention_mask").get(sequence))
                        .indexOf(1);
                Asked request = request(onnx.spec(), ids, start, ids.size(), null);
                onnx.predict(List.of(request.request()));
                assertRows(onnx.spec(), request, expected, sequence, 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llada-tiny, f32", "llada-tiny, bf16",
        "llada-tiny-gqa2, f32", "llada-tiny-gqa2, bf16",
        "dream-tiny, f32", "dream-tiny, bf16"
    })
    void stepsOverKeptRowsGiveTheOriginalsPrefixAndDualCacheLogits(String model, String weights) throws IOException {
        JsonNode cache = manifest(model, weights).get("kv_cache");
        assumeTrue(cache != null, "the manifest of " + model + " " + weights + " has no cache case");
        List<Integer> before = Trace.integers(cache.get("ids_when_cached"));
        List<Integer> now = Trace.integers(cache.get("ids_at_step"));
        int start = cache.get("block").get(0).asInt();
        int end = cache.get("block").get(1).asInt();
        try (OnnxModel onnx = open(model, weights)) {
            for (int stepEnd : new int[] {now.size(), end}) {
                ModelSpec spec = onnx.spec();
                SequenceRows kept = new SequenceRows(spec.layers(), now.size(), spec.kvWidth());
                onnx.predict(
                        List.of(request(spec, before, 0, before.size(), kept).request()));
                Asked step = request(spec, now, start, stepEnd, kept);
                onnx.predict(List.of(step.request()));
                String name = stepEnd == end ? "cache.dual_logits.npy" : "cache.prefix_logits.npy";
                assertRows(spec, step, npy(model, weights, name), 0, start);
            }
        }
    }

    /** A request, and the rows that come of it. */
    private record Asked(RowRequest request, WholeRows rows) {}

    /** Asks for every logit of the rows of {@code [from, to)}, through the statistics head's candidates. */
    private static Asked request(ModelSpec spec, List<Integer> ids, int from, int to, @Nullable SequenceRows kept) {
        int last = ids.size() - 1;
        int[] prompt = IntStream.range(0, last).map(ids::get).toArray();
        Canvas canvas = new Canvas(prompt, 1, spec.maskToken());
        if (ids.get(last) != spec.maskToken()) {
            canvas.commit(last, ids.get(last));
        }
        Positions rows = new Positions(ids.size());
        rows.addRange(from, to);
        Demand demand = new Demand(ids.size());
        demand.positions().addRange(from, to);
        int[] everyId = IntStream.range(0, (to - from) * spec.vocabulary())
                .map(i -> i % spec.vocabulary())
                .toArray();
        demand.candidates(spec.vocabulary(), everyId);
        WholeRows whole = new WholeRows();
        demand.fullRows(whole);
        return new Asked(
                new RowRequest(canvas, rows, demand, new Predictions(), Guidance.NONE, kept, () -> false), whole);
    }

    /** @param firstRow canvas position of the recorded array's first row */
    private static void assertRows(ModelSpec spec, Asked asked, Npy expected, int sequence, int firstRow) {
        RowRequest request = asked.request();
        Predictions predictions = request.predictions();
        for (int slot = 0; slot < predictions.size(); slot++) {
            int first = request.rows().get(0);
            int source = Math.max(first, spec.readout().predictorOf(predictions.position(slot)));
            double sum = 0;
            for (int token = 0; token < spec.vocabulary(); token++) {
                float wanted = expected.get(sequence, source - firstRow, token);
                assertThat(Math.abs(predictions.candidateLogit(slot, token) - wanted))
                        .as("candidate logit %d of position %d", token, predictions.position(slot))
                        .isLessThanOrEqualTo((float) TOLERANCE);
                assertThat(Math.abs(asked.rows().logit(slot, token) - wanted))
                        .as("full-row logit %d of position %d", token, predictions.position(slot))
                        .isLessThanOrEqualTo((float) TOLERANCE);
                sum += Math.exp(wanted);
            }
            assertStatistics(spec, predictions, slot, expected, sequence, source - firstRow, sum);
        }
    }

    private static void assertStatistics(
            ModelSpec spec, Predictions predictions, int slot, Npy expected, int sequence, int row, double sum) {
        int best = -1;
        double entropy = 0;
        for (int token = 0; token < spec.vocabulary(); token++) {
            float logit = expected.get(sequence, row, token);
            entropy -= Math.exp(logit) / sum * (logit - Math.log(sum));
            boolean better = best < 0 || logit > expected.get(sequence, row, best);
            best = token != spec.maskToken() && better ? token : best;
        }
        assertThat(predictions.token(slot)).isEqualTo(best);
        assertThat((double) predictions.confidence(slot))
                .isCloseTo(Math.exp(expected.get(sequence, row, best)) / sum, within());
        assertThat((double) predictions.logSumExp(slot)).isCloseTo(Math.log(sum), within());
        assertThat((double) predictions.entropy(slot)).isCloseTo(entropy, within());
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(TOLERANCE);
    }

    private static Npy npy(String model, String weights, String name) throws IOException {
        return Npy.read(GoldenFolder.find(vectors(model, weights) + "/" + name));
    }
}
