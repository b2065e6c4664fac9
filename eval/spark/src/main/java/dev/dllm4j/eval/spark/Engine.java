package dev.dllm4j.eval.spark;

import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.eval.BatchDecoder;
import dev.dllm4j.eval.DecoderAnswerer;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A model and how it decodes, as tasks carry it to the executors. Every JVM opens a model once, whatever the number of
 * its tasks: they share it, each with a batch of its own.
 *
 * @param model folder that {@code dllm4j convert} wrote, under the same path on every machine
 * @param window a SPEC; empty for the cache's own
 * @param threads of a JVM's engine; 0 means one a core
 */
public record Engine(
        String model,
        String strategy,
        String cache,
        String window,
        String stop,
        int genLength,
        boolean chatTemplate,
        int batch,
        int threads)
        implements Serializable {
    /** Lives as long as the executor does, as Spark's tasks share nothing but their JVM. */
    private static final Map<Engine, Decoder> OPEN = new HashMap<>();

    /** The configuration; refuses what makes no sense. */
    DecodingConfig config() {
        var policy = CacheSpec.parse(cache);
        Window open =
                window.isEmpty() ? CacheSpec.window(policy, DecodingConfig.DEFAULT.window()) : Window.parse(window);
        return new DecodingConfig(
                open,
                UnmaskingStrategy.parse(strategy),
                policy,
                StopRule.parse(stop),
                genLength,
                genLength,
                DecodingConfig.DEFAULT.sampling(),
                DecodingConfig.DEFAULT.guidance());
    }

    /** This JVM's engine for an evaluation. */
    DecoderAnswerer answerer() {
        Decoder decoder = decoder();
        return new DecoderAnswerer(
                decoder,
                config(),
                effective -> AnswerJson.settings(
                        model, effective, runtime(), decoder.cache().budgetBytes()),
                chatTemplate,
                batch);
    }

    /** This JVM's engine for texts. */
    BatchDecoder texts() {
        Decoder decoder = decoder();
        return new BatchDecoder(decoder, decoder.effective(config()), chatTemplate, batch);
    }

    private RuntimeOptions runtime() {
        return new RuntimeOptions(Device.CPU, threads);
    }

    private Decoder decoder() {
        synchronized (OPEN) {
            Engine key = new Engine(model, "", "", "", "", 0, false, 0, threads);
            return OPEN.computeIfAbsent(key, engine -> Decoder.open(Path.of(model), runtime()));
        }
    }
}
