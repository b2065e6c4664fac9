package dev.dllm4j.cli;

import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which models answer, and what they run on. */
final class ServeModels {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Folder that 'dllm4j convert' wrote, or the name of a bundled model; once for each model to serve. Default starter.")
    private List<String> models = List.of(BundledModel.STARTER.toString());

    @Mixin
    private final ModelRuntime runtime;

    ServeModels(Map<String, String> environment) {
        this.runtime = new ModelRuntime(environment);
    }

    /** @throws IllegalArgumentException if a value is out of range */
    RuntimeOptions runtime() {
        return runtime.options();
    }

    /**
     * What requests call the models, in the order they were named; a folder is called by its own name.
     *
     * @throws IllegalArgumentException if two are called the same
     */
    Map<String, String> byId() {
        Map<String, String> named = new LinkedHashMap<>();
        for (String model : models) {
            String id = id(model);
            if (named.putIfAbsent(id, model) != null) {
                throw new IllegalArgumentException(
                        "two models are called " + id + "; clients could not tell them apart, so rename a folder");
            }
        }
        return named;
    }

    /** Opens models that share one budget for their rows. */
    ModelOpener opener() {
        return runtime.opener();
    }

    private static String id(String model) {
        @Nullable Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        return last == null ? model : last.toString();
    }
}
