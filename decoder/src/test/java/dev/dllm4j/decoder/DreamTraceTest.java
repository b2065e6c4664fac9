package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.TraceReplay;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.unmask.CarryOver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Dream's sampler decoded on the tiny Dream, forward by forward. */
class DreamTraceTest {
    private static Decoder decoder;

    @BeforeAll
    static void openTheTinyModel(@TempDir Path folder) {
        decoder = TinyModels.decoder(folder, GoldenFolder.find("dream-tiny/f32"));
    }

    @AfterAll
    static void closeIt() {
        if (decoder != null) {
            decoder.close();
        }
    }

    @Test
    void theThresholdWithQuotaAndCarryOverIsDreams() throws IOException {
        TraceReplay.allExact(
                decoder,
                "dream.json",
                trace -> trace.settings().get("alg").asText().equals("confidence_threshold")
                        && !trace.settings().has("block_length"),
                trace -> DecodingConfig.DEFAULT
                        .withStop(new FullCanvas())
                        .withFrame(
                                new WholeCanvas(),
                                trace.settings().get("max_new_tokens").asInt(),
                                trace.settings().get("steps").asInt())
                        .withStrategy(
                                new CarryOver(trace.settings().get("threshold").asDouble())));
    }
}
