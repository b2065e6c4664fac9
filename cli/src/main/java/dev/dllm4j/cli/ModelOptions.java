package dev.dllm4j.cli;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.Device;
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

    @Option(names = "--device", paramLabel = "DEVICE", description = "cpu, cuda or cuda:N. Default cpu.")
    private Device device = RuntimeOptions.DEFAULT.device();

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads. Default 0, one a core.")
    private int threads = RuntimeOptions.DEFAULT.threads();

    @Option(
            names = "--cache-budget",
            paramLabel = "SIZE",
            description = "Memory for the rows that --cache keeps, e.g. 512m or 4g. Default 1g.")
    private ByteSize cacheBudget = new ByteSize(LayerCache.DEFAULT_BUDGET);

    @Mixin
    private final CacheFolder cacheFolder;

    ModelOptions(Map<String, String> environment) {
        this.cacheFolder = new CacheFolder(environment);
    }

    /** As the user named it. */
    String name() {
        return model;
    }

    /** @throws IllegalArgumentException if a value is out of range */
    RuntimeOptions runtime() {
        return new RuntimeOptions(device, threads);
    }

    /** Bytes that kept rows may take. */
    long cacheBudget() {
        return cacheBudget.bytes();
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
        return new ModelOpener(cacheFolder.path(), runtime(), MemoryLimit.cache(cacheBudget()));
    }
}
