package dev.dllm4j.eval.spark;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The engine's options, with the command line's names and defaults. */
final class EngineOptions {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "Folder that 'dllm4j convert' wrote, under the same path on every machine.")
    private Path model = Path.of("");

    @Option(names = "--strategy", paramLabel = "SPEC", description = "Which masks commit. Default: the model's recipe.")
    private String strategy = "";

    @Option(
            names = "--cache",
            paramLabel = "SPEC",
            description = "What is kept between forwards. Default: the model's recipe.")
    private String cache = "";

    @Option(
            names = "--window",
            paramLabel = "SPEC",
            description = "Masks that may commit now. Default: the model's recipe.")
    private String window = "";

    @Option(names = "--stop", paramLabel = "SPEC", description = "Where the text ends. Default: the model's recipe.")
    private String stop = "";

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions to decode. Default: the model's recipe.")
    private @Nullable Integer genLength;

    @Option(names = "--batch", paramLabel = "N", description = "Prompts in one forward, at most. Default 8.")
    private int batch = 8;

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads of an executor. Default 0, one a core.")
    private int threads;

    @Option(
            names = "--force",
            description = "Open a model even where it seems to need more memory than an executor has.")
    private boolean force;

    @Option(
            names = "--no-chat-template",
            description = "Ask with the text as it is, without the model's chat template.")
    private boolean plain;

    /** Refused here is what no model decodes so; what this one does not, by its first task. */
    Engine engine() {
        if (genLength != null && genLength < 1) {
            throw new IllegalArgumentException("gen length is " + genLength + "; it must be at least 1");
        }
        int positions = genLength == null ? 0 : genLength;
        Engine engine = new Engine(
                model.toAbsolutePath().toString(),
                strategy,
                cache,
                window,
                stop,
                positions,
                !plain,
                batch,
                threads,
                force);
        engine.choices();
        return engine;
    }

    boolean chatTemplate() {
        return !plain;
    }
}
