package dev.dllm4j.eval.spark;

import dev.dllm4j.decoder.DecodingConfig;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The engine's options, with the command line's names and defaults. */
final class EngineOptions {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "Folder that 'dllm4j convert' wrote, under the same path on every machine.")
    private Path model = Path.of("");

    @Option(names = "--strategy", paramLabel = "SPEC", description = "Which masks commit. Default threshold(0.9).")
    private String strategy = DecodingConfig.DEFAULT.strategy().toString();

    @Option(names = "--cache", paramLabel = "SPEC", description = "What is kept between forwards. Default none.")
    private String cache = DecodingConfig.DEFAULT.cache().toString();

    @Option(names = "--window", paramLabel = "SPEC", description = "Masks that may commit now. Default blocks(32).")
    private String window = "";

    @Option(names = "--stop", paramLabel = "SPEC", description = "Where the text ends. Default eot.")
    private String stop = DecodingConfig.DEFAULT.stop().toString();

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions to decode. Default 128.")
    private int genLength = DecodingConfig.DEFAULT.genLength();

    @Option(names = "--batch", paramLabel = "N", description = "Prompts in one forward, at most. Default 8.")
    private int batch = 8;

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads of an executor. Default 0, one a core.")
    private int threads;

    @Option(
            names = "--no-chat-template",
            description = "Ask with the text as it is, without the model's chat template.")
    private boolean plain;

    Engine engine() {
        Engine engine = new Engine(
                model.toAbsolutePath().toString(), strategy, cache, window, stop, genLength, !plain, batch, threads);
        engine.config();
        return engine;
    }

    boolean chatTemplate() {
        return !plain;
    }
}
