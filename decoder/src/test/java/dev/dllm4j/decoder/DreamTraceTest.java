package dev.dllm4j.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.golden.TraceKind;
import dev.dllm4j.decoder.golden.TraceReplay;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.CarryOver;
import dev.dllm4j.decoder.unmask.Certainty;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.DreamSchedule;
import dev.dllm4j.decoder.unmask.EntropyThreshold;
import dev.dllm4j.decoder.unmask.Equal;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Dream's sampler and those made for it decoded on the tiny Dream, forward by forward. */
class DreamTraceTest {
    private static final String FILE = "dream.json";

    /** Dream's names of its schedules. */
    private static final Map<String, Certainty> SCHEDULES =
            Map.of("maskgit_plus", Certainty.CONFIDENCE, "topk_margin", Certainty.MARGIN, "entropy", Certainty.ENTROPY);

    private static TraceReplay replay;

    @BeforeAll
    static void open(@TempDir Path folder) {
        replay = new TraceReplay(folder);
    }

    @AfterAll
    static void close() {
        replay.close();
    }

    static List<TraceKind> kinds() {
        Stream<TraceKind> schedules = SCHEDULES.entrySet().stream()
                .map(algorithm -> new TraceKind(
                        FILE,
                        algorithm.getKey(),
                        trace -> algorithm(trace).equals(algorithm.getKey()) && !inBlocks(trace),
                        trace -> frame(trace, new WholeCanvas())
                                .withStrategy(new DreamSchedule(
                                        algorithm.getValue(),
                                        trace.settings().path("alg_temp").asDouble(0),
                                        trace.settings().path("eps").asDouble(DreamSchedule.EPS)))));
        TraceKind carryOver = new TraceKind(
                FILE,
                "confidence_threshold",
                trace -> algorithm(trace).equals("confidence_threshold") && !inBlocks(trace),
                trace -> frame(trace, new WholeCanvas())
                        .withStrategy(
                                new CarryOver(trace.settings().get("threshold").asDouble())));
        Stream<TraceKind> blocks = Stream.of("none", "prefix", "dual")
                .map(cache -> new TraceKind(
                        FILE,
                        "in blocks, cache " + cache,
                        trace -> algorithm(trace).endsWith("_threshold")
                                && inBlocks(trace)
                                && cache(trace.settings()).equals(cache),
                        trace -> frame(
                                        trace,
                                        new Blocks(trace.settings()
                                                .get("block_length")
                                                .asInt()))
                                .withCache(CacheSpec.parse(cache))
                                .withStrategy(threshold(trace.settings()))));
        return Stream.concat(Stream.concat(schedules, Stream.of(carryOver)), blocks)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyForwardIsTheOriginals(TraceKind kind) throws IOException {
        replay.allExact(kind);
    }

    @Test
    void everyRunIsReplayedOnceOrSkippedWithAReason() throws IOException {
        TraceReplay.requireOneKindEach(FILE, kinds());
    }

    private static String algorithm(Trace trace) {
        return trace.settings().get("alg").asText();
    }

    private static boolean inBlocks(Trace trace) {
        return trace.settings().hasNonNull("block_length");
    }

    private static String cache(JsonNode settings) {
        if (!settings.hasNonNull("dual_cache")) {
            return "none";
        }
        return settings.get("dual_cache").asBoolean() ? "dual" : "prefix";
    }

    private static UnmaskingStrategy threshold(JsonNode settings) {
        double bar = settings.get("threshold").asDouble();
        return settings.get("alg").asText().equals("entropy_threshold")
                ? new EntropyThreshold(bar, Equal.WAITS)
                : new ConfidenceThreshold(bar);
    }

    private static DecodingConfig frame(Trace trace, Window window) {
        JsonNode settings = trace.settings();
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(
                        window,
                        settings.get("max_new_tokens").asInt(),
                        settings.get("steps").asInt())
                .withSampling(new Sampling(
                        settings.path("temperature").asDouble(0),
                        settings.path("top_k").asInt(0),
                        settings.path("top_p").asDouble(1),
                        0));
    }
}
