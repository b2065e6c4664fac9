package dev.dllm4j.cli;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.models.BundledModel;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model answers, and what it runs on. */
final class ModelOptions {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Folder that 'dllm4j convert' wrote, or the name of a bundled model. Default starter.")
    private String model = BundledModel.STARTER.toString();

    @Mixin
    private final ModelRuntime runtime;

    ModelOptions(Map<String, String> environment) {
        this.runtime = new ModelRuntime(environment);
    }

    /** As the user named it. */
    String name() {
        return model;
    }

    /** @throws IllegalArgumentException if a value is out of range */
    RuntimeOptions runtime() {
        return runtime.options();
    }

    /** Bytes that kept rows may take. */
    long cacheBudget() {
        return runtime.cacheBudget();
    }

    /** Opens the model; a bundled one is converted on its first use. */
    Decoder open(Terminal terminal) {
        return open(model, terminal);
    }

    /** Opens another model with the same options. */
    Decoder open(String name, Terminal terminal) {
        return opener().open(name, terminal);
    }

    /** Opens models whose sequences share the budget. */
    ModelOpener opener() {
        return runtime.opener();
    }
}
