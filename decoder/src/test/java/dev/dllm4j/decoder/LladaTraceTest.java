package dev.dllm4j.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.golden.TraceReplay;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.EntropyThreshold;
import dev.dllm4j.decoder.unmask.Factor;
import dev.dllm4j.decoder.unmask.FilterNetwork;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.Hierarchy;
import dev.dllm4j.decoder.unmask.LearnedFilter;
import dev.dllm4j.decoder.unmask.TraceCredits;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What LLaDA's sampler and those made for it decoded on the tiny LLaDA, forward by forward. */
class LladaTraceTest {
    private static TraceReplay replay;

    @BeforeAll
    static void open(@TempDir Path folder) {
        replay = new TraceReplay(folder);
    }

    @AfterAll
    static void close() {
        replay.close();
    }

    @Test
    void theFixedScheduleWithAndWithoutGuidanceIsLladas() throws IOException {
        replay.allExact(
                "llada_generate.json",
                trace -> true,
                trace -> frame(trace)
                        .withStrategy(new FixedSchedule())
                        .withGuidance(trace.settings().get("cfg_scale").asDouble()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual"})
    void theThresholdAndTheScheduleAreFastDllms(String cache) throws IOException {
        replay.allExact(
                "fastdllm.json",
                cache,
                trace -> trace.settings().get("cache").asText().equals(cache),
                trace -> trace.settings().get("threshold").isNull()
                        ? frame(trace).withStrategy(new FixedSchedule())
                        : frame(trace)
                                .withStrategy(new ConfidenceThreshold(
                                        trace.settings().get("threshold").asDouble())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual"})
    void theEntropyThresholdIsDParallels(String cache) throws IOException {
        replay.allExact(
                "dparallel_entropy.json",
                cache,
                trace -> trace.settings().get("cache").asText().equals(cache),
                trace -> frame(trace)
                        .withStrategy(new EntropyThreshold(
                                trace.settings().get("threshold").asDouble(), EntropyThreshold.Equal.COMMITS)));
    }

    @Test
    void theLearnedFilterIsLearn2Pds() throws IOException {
        FilterNetwork network = FilterNetwork.read(GoldenFolder.find("l2p-filter/own_filter.safetensors"));
        replay.allExact(
                "learn2pd_ownfilter.json",
                trace -> true,
                trace -> frame(trace)
                        .withStrategy(new LearnedFilter(
                                network, trace.settings().get("accept_thres").asDouble())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual"})
    void theFactorIsFastDllms(String cache) throws IOException {
        replay.allExact(
                "fastdllm_factor.json",
                cache,
                trace -> trace.settings().get("cache").asText().equals(cache),
                trace -> frame(trace)
                        .withStrategy(new Factor(trace.settings().get("factor").asDouble())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"threshold", "hierarchy", "credit"})
    void thresholdHierarchyAndCreditAreDInfers(String rule) throws IOException {
        replay.allExact(
                "dinfer_decoders.json",
                rule,
                trace -> trace.settings().get("decoder").asText().equals(rule),
                trace -> frame(trace).withStrategy(dInferRule(trace.settings())));
    }

    private static UnmaskingStrategy dInferRule(JsonNode settings) {
        double threshold = settings.get("threshold").asDouble();
        return switch (settings.get("decoder").asText()) {
            case "credit" ->
                new TraceCredits(
                        new TraceCredits.Fixed(
                                settings.get("credit_alpha").asDouble(),
                                settings.get("decay_beta").asDouble(),
                                settings.get("boost_gamma").asDouble()),
                        new ConfidenceThreshold(threshold));
            case "hierarchy" ->
                new Hierarchy(threshold, settings.get("low_threshold").asDouble(0));
            default -> new ConfidenceThreshold(threshold);
        };
    }

    private static DecodingConfig frame(Trace trace) {
        JsonNode settings = trace.settings();
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withCache(CacheSpec.parse(settings.path("cache").asText("none")))
                .withFrame(
                        new Blocks(settings.get("block_length").asInt()),
                        settings.get("gen_length").asInt(),
                        settings.path("steps").asInt(settings.get("gen_length").asInt()));
    }
}
