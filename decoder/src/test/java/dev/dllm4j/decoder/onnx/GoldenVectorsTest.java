package dev.dllm4j.decoder.onnx;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.Npy;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logits of the originals' own modelling code on tiny checkpoints, against ours from the converted folders. */
class GoldenVectorsTest {
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
                List<GoldenRows> requests = new ArrayList<>();
                for (JsonNode ids : batch.get("input_ids")) {
                    requests.add(GoldenRows.ask(onnx.spec(), Trace.integers(ids), 0, ids.size(), null));
                }
                onnx.predict(requests.stream().map(GoldenRows::request).toList());
                for (int sequence = 0; sequence < requests.size(); sequence++) {
                    requests.get(sequence).assertLogits(expected, sequence, 0);
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
                GoldenRows request = GoldenRows.ask(onnx.spec(), ids, start, ids.size(), null);
                onnx.predict(List.of(request.request()));
                request.assertLogits(expected, sequence, 0);
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
                onnx.predict(List.of(
                        GoldenRows.ask(spec, before, 0, before.size(), kept).request()));
                GoldenRows step = GoldenRows.ask(spec, now, start, stepEnd, kept);
                onnx.predict(List.of(step.request()));
                String name = stepEnd == end ? "cache.dual_logits.npy" : "cache.prefix_logits.npy";
                step.assertLogits(npy(model, weights, name), 0, start);
            }
        }
    }

    private static Npy npy(String model, String weights, String name) throws IOException {
        return Npy.read(GoldenFolder.find(vectors(model, weights) + "/" + name));
    }
}
