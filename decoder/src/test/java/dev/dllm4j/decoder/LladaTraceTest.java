package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.LladaSettings;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.golden.TraceKind;
import dev.dllm4j.decoder.golden.TraceReplay;
import dev.dllm4j.decoder.stop.EndOfTextPrediction;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.EntropyThreshold;
import dev.dllm4j.decoder.unmask.Equal;
import dev.dllm4j.decoder.unmask.Factor;
import dev.dllm4j.decoder.unmask.FilterNetwork;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.LearnedFilter;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    static List<TraceKind> kinds() {
        TraceKind schedule = new TraceKind(
                "llada_generate.json", "", trace -> true, trace -> LladaSettings.generate(trace.settings()));
        Stream<TraceKind> overCaches = Stream.of("none", "prefix", "dual")
                .flatMap(cache -> Stream.of(
                        over(cache, "fastdllm.json", LladaTraceTest::fastDllmRule),
                        over(cache, "fastdllm_factor.json", LladaTraceTest::fastDllmRule),
                        over(cache, "dparallel_entropy.json", LladaTraceTest::dParallelRule)));
        Stream<TraceKind> filters = Stream.of(
                new TraceKind(
                        "learn2pd_ownfilter.json",
                        "whole canvas",
                        trace -> function(trace).equals("generate_learn2parallel"),
                        trace -> frame(trace).withStrategy(filter(trace.settings()))),
                new TraceKind(
                        "learn2pd_ownfilter.json",
                        "end of text predicted",
                        trace -> function(trace).equals("generate_l2p_eot"),
                        trace -> frame(trace)
                                .withStop(new EndOfTextPrediction())
                                .withStrategy(filter(trace.settings()))));
        Stream<TraceKind> dInfer = Stream.of("threshold", "hierarchy", "credit")
                .map(rule -> new TraceKind(
                        "dinfer_decoders.json",
                        rule,
                        trace -> trace.settings().get("decoder").asText().equals(rule),
                        trace -> frame(trace).withStrategy(LladaSettings.dInferRule(trace.settings()))));
        return Stream.of(Stream.of(schedule), overCaches, filters, dInfer)
                .flatMap(Function.identity())
                .toList();
    }

    static List<String> files() {
        return kinds().stream().map(TraceKind::file).distinct().toList();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyForwardIsTheOriginals(TraceKind kind) throws IOException {
        replay.allExact(kind);
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyRunIsReplayedOnceOrSkippedWithAReason(String file) throws IOException {
        TraceReplay.requireOneKindEach(file, kinds());
    }

    @Test
    void everyFileIsReplayed() throws IOException {
        try (Stream<Path> traces = Files.list(GoldenFolder.find("traces"))) {
            assertThat(traces.map(path -> path.getFileName().toString()).filter(name -> name.endsWith(".json")))
                    .isSubsetOf(Stream.concat(files().stream(), Stream.of("dream.json", "elastic_cache.json"))
                            .toList());
        }
    }

    private static TraceKind over(String cache, String file, Function<JsonNode, UnmaskingStrategy> rule) {
        return new TraceKind(
                file,
                cache,
                trace -> trace.settings().path("cache").asText("none").equals(cache),
                trace -> frame(trace).withStrategy(rule.apply(trace.settings())));
    }

    private static UnmaskingStrategy fastDllmRule(JsonNode settings) {
        if (settings.hasNonNull("factor")) {
            return new Factor(settings.get("factor").asDouble());
        }
        return settings.hasNonNull("threshold")
                ? new ConfidenceThreshold(settings.get("threshold").asDouble())
                : new FixedSchedule();
    }

    private static UnmaskingStrategy dParallelRule(JsonNode settings) {
        return settings.hasNonNull("threshold")
                ? new EntropyThreshold(settings.get("threshold").asDouble(), Equal.COMMITS)
                : new FixedSchedule();
    }

    private static UnmaskingStrategy filter(JsonNode settings) {
        FilterNetwork network = FilterNetwork.read(GoldenFolder.find("l2p-filter/own_filter.safetensors"));
        return new LearnedFilter(network, settings.get("accept_thres").asDouble());
    }

    private static String function(Trace trace) {
        return trace.settings().path("function").asText("generate_learn2parallel");
    }

    private static DecodingConfig frame(Trace trace) {
        return LladaSettings.frame(trace.settings());
    }
}
