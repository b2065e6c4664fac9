package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.stop.EndOfTextFreeze;
import dev.dllm4j.decoder.testing.EndTokens;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WatchedPolicy;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold.Ties;
import dev.dllm4j.decoder.unmask.TopK;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Elastic-Cache's sampler queried, tracked, measured, refreshed and decoded on the tiny LLaDA, step by step. */
class ElasticTraceTest {
    private static final double SIMILARITY_TOLERANCE = 1e-4;
    private static final double PROBABILITY_TOLERANCE = 1e-3;

    @Test
    void everyStepIsElasticCaches(@TempDir Path folder) throws IOException {
        Path path = GoldenFolder.find("traces/elastic_cache.json");
        JsonNode file = new ObjectMapper().readTree(path.toFile());
        List<String> differing = new ArrayList<>();
        int replayed = 0;
        Path checkpoint = GoldenFolder.find(file.get("model").asText());
        try (OnnxModel model = OnnxModel.open(TinyModels.convert(folder, checkpoint), RuntimeOptions.DEFAULT)) {
            for (JsonNode run : file.get("runs")) {
                if (!run.get("same_in_float64").asBoolean()
                        || !run.get("same_under_logit_noise_2e-4").asBoolean()) {
                    continue;
                }
                replayed++;
                String difference = difference(run, model);
                if (!difference.isEmpty()) {
                    differing.add(run.get("name").asText() + ": " + difference);
                }
            }
        }
        assumeTrue(replayed > 0, "no run is robust");
        System.out.println("elastic_cache.json: " + (replayed - differing.size()) + " of " + replayed + " exact");
        assertThat(differing).isEmpty();
    }

    private static String difference(JsonNode run, MaskPredictor model) {
        JsonNode settings = run.get("settings");
        WatchedPolicy policy = new WatchedPolicy(policy(settings));
        int genLength = settings.get("gen_length").asInt();
        DecodingConfig config = DecodingConfig.DEFAULT
                .withStop(new EndOfTextFreeze())
                .withFrame(new Leftmost(settings.get("window_length").asInt()), genLength, genLength)
                .withStrategy(
                        settings.get("threshold").isNull()
                                ? new TopK(settings.get("tokens_per_iter").asInt())
                                : new ConfidenceThreshold(
                                        settings.get("threshold").asDouble(), Ties.ALL))
                .withCache(policy);
        int endToken = settings.get("eos_id").asInt();
        int[] prompt = Trace.integers(run.get("prompt_ids")).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        Decoding decoding =
                new Decoding(new EndTokens(model, endToken < 0 ? Set.of() : Set.of(endToken)), prompt, config);
        while (!decoding.done()) {
            StepReport report = decoding.step();
            JsonNode expected = run.get("steps").path(report.step());
            if (expected.isMissingNode()) {
                return "more than the original's " + report.step() + " forwards";
            }
            int changed =
                    run.get("steps").path(report.step() - 1).path("decoded").size();
            String difference = difference(expected, changed, policy.forwards().get(report.step()), report, decoding);
            if (!difference.isEmpty()) {
                return "step " + report.step() + ": " + difference;
            }
        }
        if (decoding.work().forwards() != run.get("steps").size()) {
            return decoding.work().forwards() + " forwards in place of "
                    + run.get("steps").size();
        }
        List<Integer> tokens = IntStream.of(decoding.tokens()).boxed().toList();
        List<Integer> finalIds = Trace.integers(run.get("final_ids"));
        return tokens.equals(finalIds) ? "" : "final ids " + tokens + " in place of " + finalIds;
    }

    private static ElasticCache policy(JsonNode settings) {
        return new ElasticCache(
                settings.get("gamma").asDouble(),
                settings.get("track_num").asInt(),
                Along.HEADS,
                settings.get("block_caching").asBoolean() ? BlockCaching.ON : BlockCaching.OFF);
    }

    private static String difference(
            JsonNode expected, int changed, WatchedPolicy.Seen seen, StepReport report, Decoding decoding) {
        JsonNode queries = expected.get("query_positions");
        int layers = 3;
        if (queries.isTextual()) {
            if (seen.plan().refreshFrom() != 0 || seen.rows().size() != decoding.tokens().length) {
                return "rows " + seen.rows() + " in place of all";
            }
        } else {
            List<Integer> tracked = Trace.integers(expected.get("tracked_positions_in"));
            if (!new TreeSet<>(tracked).equals(new TreeSet<>(seen.compared()))) {
                return "tracked " + seen.compared() + " in place of " + tracked;
            }
            List<Integer> rows = Trace.integers(queries);
            if (!sameRows(seen.rows(), rows, tracked.size(), tracked.size() + changed)) {
                return "rows " + seen.rows() + " in place of " + rows;
            }
            String difference = similarities(expected.get("similarity_per_layer"), seen.similarities());
            if (!difference.isEmpty()) {
                return difference;
            }
            JsonNode from = expected.get("refresh_from_layer");
            int refreshFrom = Math.min(seen.plan().refreshFrom(), layers);
            if (refreshFrom != (from.isNull() ? layers : from.asInt())) {
                return "refreshed from layer " + refreshFrom + " in place of " + from;
            }
        }
        return commits(expected.get("decoded"), report.commits());
    }

    /** The original's tracked tokens come in the order of a hash set, and those of top-k mode in that of confidence. */
    private static boolean sameRows(List<Integer> actual, List<Integer> expected, int changedFrom, int windowFrom) {
        return actual.size() == expected.size()
                && new TreeSet<>(actual.subList(changedFrom, windowFrom))
                        .equals(new TreeSet<>(expected.subList(changedFrom, windowFrom)))
                && actual.subList(windowFrom, actual.size()).equals(expected.subList(windowFrom, expected.size()));
    }

    private static String similarities(JsonNode expected, List<Float> actual) {
        boolean same = actual.size() == expected.size()
                && IntStream.range(0, expected.size())
                        .allMatch(layer ->
                                Math.abs(actual.get(layer) - expected.get(layer).asDouble()) <= SIMILARITY_TOLERANCE);
        return same ? "" : "similarities " + actual + " in place of " + expected;
    }

    private static String commits(JsonNode expected, List<Commit> actual) {
        List<JsonNode> sorted = new ArrayList<>();
        expected.forEach(sorted::add);
        sorted.sort(Comparator.comparingInt(commit -> commit.get(0).asInt()));
        boolean same = actual.size() == sorted.size()
                && IntStream.range(0, sorted.size()).allMatch(i -> {
                    JsonNode wanted = sorted.get(i);
                    Commit commit = actual.get(i);
                    return commit.position() == wanted.get(0).asInt()
                            && commit.token() == wanted.get(1).asInt()
                            && Math.abs(commit.probability() - wanted.get(2).asDouble()) <= PROBABILITY_TOLERANCE;
                });
        return same ? "" : actual + " in place of " + expected;
    }
}
