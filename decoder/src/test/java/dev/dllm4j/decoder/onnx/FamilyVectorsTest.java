package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.TemplateChoice;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.family.FamilyOptions.Kind;
import dev.dllm4j.decoder.golden.FamiliesFolder;
import dev.dllm4j.decoder.golden.Npy;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.ModelSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits, keys and values of the families' own modelling code, against ours from the converted folders. */
class FamilyVectorsTest {
    private static final double TOLERANCE = 1e-3;
    private static final String BLOCK_CAUSAL = "block_causal";

    /** Files of some families do not say it; in all checkpoints it is the same. */
    private static final int MASK = 319;

    private static final FamilyOptions MDLM = options(OptionalInt.empty(), Kind.MDLM);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "sdar-tiny, f32",
        "sdar-tiny, bf16",
        "fastdllm2-tiny, f32",
        "fastdllm2-tiny, bf16",
        "llada2-tiny, f32",
        "llada2-tiny, bf16"
    })
    void blockCausalForwardsGiveTheOriginalsLogits(String model, String weights) throws IOException {
        for (JsonNode batch : manifest(model, weights).get("cases")) {
            if (!batch.path("attention").asText(BLOCK_CAUSAL).equals(BLOCK_CAUSAL)) {
                continue;
            }
            int length = batch.get("block_length").asInt();
            try (OnnxModel onnx = open(model, weights, options(OptionalInt.of(length)))) {
                assertCase(onnx, batch, model, weights);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"qwen3-mdlm-tiny, f32", "qwen3-mdlm-tiny, bf16"})
    void forwardsInWhichEveryRowSeesEverythingGiveTheOriginalsLogits(String model, String weights) throws IOException {
        try (OnnxModel onnx = open(model, weights, MDLM)) {
            for (JsonNode batch : manifest(model, weights).get("cases")) {
                assertCase(onnx, batch, model, weights);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"llada-moe-tiny, f32", "llada-moe-tiny, bf16", "llada-moe-tiny-variant, f32"})
    void forwardsWithExpertsGiveTheOriginalsLogits(String model, String weights) throws IOException {
        try (OnnxModel onnx = open(model, weights, options(OptionalInt.empty()))) {
            for (JsonNode batch : manifest(model, weights).get("cases")) {
                assertCase(onnx, batch, model, weights);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"modernbert-tiny, f32", "modernbert-tiny, bf16"})
    void forwardsWithLayersThatSeeWhatIsNearGiveTheOriginalsLogits(String model, String weights) throws IOException {
        try (OnnxModel onnx = open(model, weights, FamilyOptions.NONE)) {
            for (JsonNode batch : manifest(model, weights).get("cases")) {
                assertCase(onnx, batch, model, weights);
            }
        }
    }

    private static void assertCase(OnnxModel onnx, JsonNode batch, String model, String weights) throws IOException {
        Npy expected = npy(model, weights, batch.get("logits").asText());
        List<GoldenRows> asked = new ArrayList<>();
        for (int sequence = 0; sequence < batch.get("input_ids").size(); sequence++) {
            List<Integer> ids = Trace.integers(batch.get("input_ids").get(sequence));
            JsonNode mask = batch.path("attention_mask");
            int end = mask.isArray() ? Trace.integers(mask.get(sequence)).lastIndexOf(1) + 1 : ids.size();
            asked.add(GoldenRows.ask(onnx.spec(), ids.subList(0, end), 0, end, null));
        }
        onnx.predict(asked.stream().map(GoldenRows::request).toList());
        for (int sequence = 0; sequence < asked.size(); sequence++) {
            asked.get(sequence).assertLogits(expected, sequence, 0);
        }
    }

    /** The original throws most steps' keys and values away; ours are overwritten by the next step's. */
    @ParameterizedTest
    @CsvSource({"sdar-tiny, f32", "sdar-tiny, bf16", "fastdllm2-tiny, f32", "fastdllm2-tiny, bf16"})
    void stepsOverTheRowsOfFinishedBlocksGiveTheOriginalsNumbers(String model, String weights) throws IOException {
        JsonNode cache = manifest(model, weights).get("kv_cache");
        int length = cache.get("block_length").asInt();
        try (OnnxModel onnx = open(model, weights, options(OptionalInt.of(length)))) {
            ModelSpec spec = onnx.spec();
            int positions = 0;
            for (JsonNode step : cache.get("steps")) {
                positions = Math.max(positions, end(step));
            }
            List<Integer> ids = new ArrayList<>(Collections.nCopies(positions, spec.maskToken()));
            SequenceRows kept = new SequenceRows(spec.layers(), positions, spec.kvWidth());
            for (JsonNode step : cache.get("steps")) {
                int start = step.get("start").asInt();
                List<Integer> given = Trace.integers(step.get("ids"));
                for (int row = 0; row < given.size(); row++) {
                    ids.set(start + row, given.get(row));
                }
                GoldenRows asked = GoldenRows.ask(spec, ids, 1, start, end(step), kept);
                onnx.predict(List.of(asked.request()));
                asked.assertLogits(npy(model, weights, step.get("logits").asText()), 0, start);
                assertKept(
                        spec,
                        kept,
                        model,
                        weights,
                        "cache.after_" + step.get("name").asText(),
                        0);
            }
        }
    }

    /** Each block is fed alone over the rows of the two before it; what it leaves is overwritten by the next one's. */
    @ParameterizedTest
    @ValueSource(strings = {"f32", "bf16"})
    void blocksWithExpertsOverTheRowsOfFinishedOnesGiveTheOriginalsNumbers(String weights) throws IOException {
        String model = "llada2-tiny";
        JsonNode cache = manifest(model, weights).get("kv_cache");
        int length = cache.get("block_length").asInt();
        try (OnnxModel onnx = open(model, weights, options(OptionalInt.of(length)))) {
            ModelSpec spec = onnx.spec();
            List<Integer> prefix = Trace.integers(cache.get("prefix_ids"));
            List<Integer> ids = new ArrayList<>(prefix);
            ids.addAll(Collections.nCopies(length, spec.maskToken()));
            SequenceRows kept = new SequenceRows(spec.layers(), ids.size(), spec.kvWidth());
            GoldenRows prefill = GoldenRows.ask(spec, ids, prefix.size(), 0, prefix.size(), kept);
            onnx.predict(List.of(prefill.request()));
            prefill.assertLogits(npy(model, weights, cache.get("prefill_logits").asText()), 0, 0);
            assertThat(prefix).hasSize(2 * length);
            for (JsonNode step : cache.get("steps")) {
                List<Integer> block = Trace.integers(step.get("block_ids"));
                for (int row = 0; row < length; row++) {
                    ids.set(prefix.size() + row, block.get(row));
                }
                GoldenRows over = GoldenRows.ask(spec, ids, prefix.size(), prefix.size(), ids.size(), kept);
                GoldenRows whole = GoldenRows.ask(spec, ids, prefix.size(), 0, ids.size(), null);
                onnx.predict(List.of(over.request()));
                onnx.predict(List.of(whole.request()));
                over.assertLogits(npy(model, weights, step.get("block_logits").asText()), 0, prefix.size());
                whole.assertLogits(npy(model, weights, step.get("full_logits").asText()), 0, 0);
                assertKept(spec, kept, npy(model, weights, "cache.k_rope.npy"), npy(model, weights, "cache.v.npy"), 0);
            }
        }
    }

    /** Of a prefix cache and a dual one: the block's rows are replaced, and those behind it are computed or stale. */
    @ParameterizedTest
    @ValueSource(strings = {"f32", "bf16"})
    void stepsWithExpertsOverKeptRowsGiveTheOriginalsPrefixAndDualCacheLogits(String weights) throws IOException {
        String model = "llada-moe-tiny";
        JsonNode cache = manifest(model, weights).get("kv_cache");
        List<Integer> before = Trace.integers(cache.get("ids_when_cached"));
        List<Integer> now = Trace.integers(cache.get("ids_at_step"));
        int prompt = cache.get("prompt_len").asInt();
        int start = cache.get("block").get(0).asInt();
        int end = cache.get("block").get(1).asInt();
        try (OnnxModel onnx = open(model, weights, options(OptionalInt.empty()))) {
            ModelSpec spec = onnx.spec();
            for (String step : List.of("prefix", "dual")) {
                SequenceRows kept = new SequenceRows(spec.layers(), now.size(), spec.kvWidth());
                GoldenRows full = GoldenRows.ask(spec, before, prompt, 0, before.size(), kept);
                onnx.predict(List.of(full.request()));
                assertKept(spec, kept, npy(model, weights, "cache.k_rope.npy"), npy(model, weights, "cache.v.npy"), 0);
                int to = step.equals("dual") ? end : now.size();
                GoldenRows over = GoldenRows.ask(spec, now, prompt, start, to, kept);
                onnx.predict(List.of(over.request()));
                over.assertLogits(npy(model, weights, "cache." + step + "_logits.npy"), 0, start);
            }
            GoldenRows after = GoldenRows.ask(spec, now, prompt, 0, now.size(), null);
            onnx.predict(List.of(after.request()));
            after.assertLogits(npy(model, weights, "cache.full_logits_after.npy"), 0, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "bf16"})
    void blocksCountedFromTheAnswerStandForTheOriginalsLeftPadding(String weights) throws IOException {
        String model = "qwen3-mdlm-tiny";
        JsonNode recorded = manifest(model, weights).get("bd3lm");
        int length = recorded.get("block_length").asInt();
        int pad = recorded.get("pad_id").asInt();
        try (OnnxModel onnx = open(model, weights, options(OptionalInt.of(length), Kind.BD3LM))) {
            ModelSpec spec = onnx.spec();
            List<Integer> prefix = Trace.integers(recorded.get("steps").get(0).get("ids"));
            int padding = (int) prefix.stream().takeWhile(id -> id == pad).count();
            int prompt = prefix.size() - padding;
            List<Integer> ids = new ArrayList<>(prefix.subList(padding, prefix.size()));
            ids.addAll(Collections.nCopies(length, spec.maskToken()));
            SequenceRows kept = new SequenceRows(spec.layers(), ids.size(), spec.kvWidth());
            for (JsonNode step : recorded.get("steps")) {
                List<Integer> given = Trace.integers(step.get("ids"));
                Npy expected = npy(model, weights, step.get("logits").asText());
                int start = step.get("start").asInt();
                GoldenRows asked;
                if (start > 0) {
                    for (int row = 0; row < length; row++) {
                        ids.set(prompt + row, given.get(row));
                    }
                    asked = GoldenRows.ask(spec, ids, prompt, prompt, prompt + length, kept);
                } else if (step.get("keep").asBoolean()) {
                    asked = GoldenRows.ask(spec, ids, prompt, 0, prompt, kept);
                } else {
                    int unpadded = given.size() - length;
                    asked = GoldenRows.ask(spec, given, unpadded, 0, given.size(), null);
                }
                onnx.predict(List.of(asked.request()));
                boolean keeps = asked.request().kept() != null;
                asked.assertLogits(expected, 0, keeps ? start - padding : 0);
                if (step.get("keep").asBoolean()) {
                    assertKept(spec, kept, model, weights, "bd3lm.after_prefix", padding);
                }
            }
        }
    }

    private static int end(JsonNode step) {
        return step.get("start").asInt() + step.get("ids").size();
    }

    /** @param padding recorded positions before the canvas's first */
    private static void assertKept(
            ModelSpec spec, SequenceRows kept, String model, String weights, String name, int padding)
            throws IOException {
        if (!FamiliesFolder.find(vectors(model, weights))
                .resolve(name + ".k.npy")
                .toFile()
                .exists()) {
            return;
        }
        assertKept(spec, kept, npy(model, weights, name + ".k.npy"), npy(model, weights, name + ".v.npy"), padding);
    }

    /** @param padding recorded positions before the canvas's first */
    private static void assertKept(ModelSpec spec, SequenceRows kept, Npy keys, Npy values, int padding) {
        List<Integer> shape = keys.shape();
        assertThat(shape.subList(0, shape.size() - 2).stream().reduce(1, Math::multiplyExact))
                .isEqualTo(spec.layers() * spec.kvHeads());
        int positions = shape.get(shape.size() - 2);
        int width = spec.headWidth();
        for (int layer = 0; layer < spec.layers(); layer++) {
            for (int head = 0; head < spec.kvHeads(); head++) {
                for (int position = padding; position < positions; position++) {
                    for (int column = 0; column < width; column++) {
                        int recorded = ((layer * spec.kvHeads() + head) * positions + position) * width + column;
                        int ours = (position - padding) * spec.kvWidth() + head * width + column;
                        assertThat((double) kept.layer(layer).keys().get(ours))
                                .isCloseTo(keys.values().get(recorded), within());
                        assertThat((double) kept.layer(layer).values().get(ours))
                                .isCloseTo(values.values().get(recorded), within());
                    }
                }
            }
        }
    }

    private static Offset<Double> within() {
        return Offset.offset(TOLERANCE);
    }

    private static FamilyOptions options(OptionalInt blockLength, Kind... kind) {
        return new FamilyOptions(
                OptionalInt.of(MASK), blockLength, List.of(kind).stream().findFirst());
    }

    private OnnxModel open(String model, String weights, FamilyOptions stated) {
        Path checkpoint = FamiliesFolder.find(model + "/" + weights);
        Path converted = folder.resolve("model-" + stated.blockLength().orElse(0));
        ConvertOptions options = new ConvertOptions(WeightType.F32, Set.of(), new TemplateChoice.Own(), stated);
        if (!converted.toFile().exists()) {
            Converter.convert(checkpoint, converted, options, ConvertProgress.SILENT);
        }
        return OnnxModel.open(converted, RuntimeOptions.DEFAULT);
    }

    private static JsonNode manifest(String model, String weights) throws IOException {
        return new ObjectMapper()
                .readTree(FamiliesFolder.find(vectors(model, weights) + "/manifest.json")
                        .toFile());
    }

    private static String vectors(String model, String weights) {
        return model + "/vectors-" + weights;
    }

    private static Npy npy(String model, String weights, String name) throws IOException {
        return Npy.read(FamiliesFolder.find(vectors(model, weights) + "/" + name));
    }
}
