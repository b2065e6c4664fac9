package dev.dllm4j.eval.spark;

import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.sample.SamplingChoices;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.eval.BatchDecoder;
import dev.dllm4j.eval.DecoderAnswerer;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A model and how it decodes, as tasks carry it to the executors. Every JVM opens a model once, whatever the number of
 * its tasks: they share it, each with a batch of its own.
 *
 * @param model folder that {@code dllm4j convert} wrote, under the same path on every machine
 * @param strategy a SPEC; empty, as the next three, for the model's recipe's
 * @param genLength positions to decode; 0 for the model's recipe's
 * @param threads of a JVM's engine; 0 means one a core
 * @param force whether the model is opened even where memory seems too small for it
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
        int threads,
        boolean force)
        implements Serializable {
    /** Lives as long as the executor does, as Spark's tasks share nothing but their JVM. */
    private static final Map<Engine, Decoder> OPEN = new HashMap<>();

    /** What is said of how to decode; refuses what makes no sense whatever the model. */
    DecodingChoices choices() {
        return new DecodingChoices(
                named(window, Window::parse),
                OptionalInt.empty(),
                named(strategy, UnmaskingStrategy::parse),
                named(cache, CacheSpec::parse),
                named(stop, StopRule::parse),
                genLength == 0 ? OptionalInt.empty() : OptionalInt.of(genLength),
                OptionalInt.empty(),
                SamplingChoices.NONE,
                OptionalDouble.empty(),
                Optional.empty());
    }

    private static <T> Optional<T> named(String spec, Function<String, T> parser) {
        return spec.isEmpty() ? Optional.empty() : Optional.of(parser.apply(spec));
    }

    /** This JVM's engine for an evaluation. */
    DecoderAnswerer answerer() {
        Decoder decoder = decoder();
        return new DecoderAnswerer(
                decoder,
                decoder.resolve(choices()),
                effective -> AnswerJson.settings(
                        model, effective, runtime(), decoder.cache().budgetBytes()),
                chatTemplate,
                batch);
    }

    /** This JVM's engine for texts. */
    BatchDecoder texts() {
        Decoder decoder = decoder();
        return new BatchDecoder(decoder, decoder.effective(decoder.resolve(choices())), chatTemplate, batch);
    }

    private RuntimeOptions runtime() {
        RuntimeOptions options = new RuntimeOptions(Device.CPU, threads);
        return force ? options.forced() : options;
    }

    private Decoder decoder() {
        synchronized (OPEN) {
            Engine key = new Engine(model, "", "", "", "", 0, false, 0, threads, force);
            return OPEN.computeIfAbsent(key, engine -> Decoder.open(Path.of(model), runtime()));
        }
    }
}
