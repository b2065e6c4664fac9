package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.golden.TraceReplay;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.CarryOver;
import dev.dllm4j.decoder.unmask.Certainty;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.DreamSchedule;
import dev.dllm4j.decoder.unmask.EntropyThreshold;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Dream's sampler and those made for it decoded on the tiny Dream, forward by forward. */
class DreamTraceTest {
    private static TraceReplay replay;

    @BeforeAll
    static void open(@TempDir Path folder) {
        replay = new TraceReplay(folder);
    }

    @AfterAll
    static void close() {
        replay.close();
    }

    @ParameterizedTest
    @CsvSource({"maskgit_plus, CONFIDENCE", "topk_margin, MARGIN", "entropy, ENTROPY"})
    void theSchedulesOnTheTimeGridAreDreams(String algorithm, Certainty by) throws IOException {
        replay.allExact(
                "dream.json",
                algorithm,
                trace -> trace.settings().get("alg").asText().equals(algorithm),
                trace -> frame(trace, new WholeCanvas())
                        .withStrategy(new DreamSchedule(
                                by, trace.settings().get("alg_temp").asDouble())));
    }

    @Test
    void theEntropyThresholdInBlocksIsDParallels() throws IOException {
        replay.allExact(
                "dream.json",
                "entropy_threshold",
                trace -> trace.settings().get("alg").asText().equals("entropy_threshold"),
                trace -> frame(
                                trace,
                                new Blocks(trace.settings().get("block_length").asInt()))
                        .withStrategy(new EntropyThreshold(
                                trace.settings().get("threshold").asDouble(), EntropyThreshold.Equal.WAITS)));
    }

    @Test
    void theThresholdWithQuotaAndCarryOverIsDreams() throws IOException {
        replay.allExact(
                "dream.json",
                "confidence_threshold",
                trace -> trace.settings().get("alg").asText().equals("confidence_threshold")
                        && !trace.settings().has("block_length"),
                trace -> frame(trace, new WholeCanvas())
                        .withStrategy(
                                new CarryOver(trace.settings().get("threshold").asDouble())));
    }

    @ParameterizedTest
    @CsvSource({"prefix, false", "dual, true"})
    void theThresholdInBlocksOverKeptRowsIsFastDllms(String cache, boolean dual) throws IOException {
        replay.allExact(
                "dream.json",
                cache,
                trace -> trace.settings().has("dual_cache")
                        && trace.settings().get("dual_cache").asBoolean() == dual,
                trace -> frame(
                                trace,
                                new Blocks(trace.settings().get("block_length").asInt()))
                        .withCache(CacheSpec.parse(cache))
                        .withStrategy(new ConfidenceThreshold(
                                trace.settings().get("threshold").asDouble())));
    }

    private static DecodingConfig frame(Trace trace, Window window) {
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(
                        window,
                        trace.settings().get("max_new_tokens").asInt(),
                        trace.settings().get("steps").asInt());
    }
}
