package dev.dllm4j.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.golden.TraceReplay;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What LLaDA's and Fast-dLLM's own samplers decoded on the tiny LLaDA, forward by forward. */
class LladaTraceTest {
    private static Decoder decoder;

    @BeforeAll
    static void openTheTinyModel(@TempDir Path folder) {
        decoder = TinyModels.decoder(folder, GoldenFolder.find("llada-tiny/f32"));
    }

    @AfterAll
    static void closeIt() {
        if (decoder != null) {
            decoder.close();
        }
    }

    @Test
    void theFixedScheduleWithAndWithoutGuidanceIsLladas() throws IOException {
        TraceReplay.allExact(
                decoder,
                "llada_generate.json",
                trace -> true,
                trace -> frame(trace)
                        .withStrategy(new FixedSchedule())
                        .withGuidance(trace.settings().get("cfg_scale").asDouble()));
    }

    @Test
    void theThresholdAndTheScheduleAreFastDllms() throws IOException {
        TraceReplay.allExact(
                decoder,
                "fastdllm.json",
                trace -> trace.settings().get("cache").asText().equals("none"),
                trace -> trace.settings().get("threshold").isNull()
                        ? frame(trace).withStrategy(new FixedSchedule())
                        : frame(trace)
                                .withStrategy(new ConfidenceThreshold(
                                        trace.settings().get("threshold").asDouble())));
    }

    private static DecodingConfig frame(Trace trace) {
        JsonNode settings = trace.settings();
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(
                        new Blocks(settings.get("block_length").asInt()),
                        settings.get("gen_length").asInt(),
                        settings.get("steps").asInt());
    }
}
