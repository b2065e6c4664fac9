package dev.dllm4j.cli;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model answers, and what it runs on. */
final class ModelOptions {
    private static final String DJL_CACHE = "DJL_CACHE_DIR";

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
        // What is taken where nothing is said may be more than a small JVM grants; the cache makes do with that.
        if (cacheBudget() > LayerCache.DEFAULT_BUDGET) {
            MemoryLimit.now().require(cacheBudget());
        }
        keepTokenizerLibraryInCache();
        return Decoder.open(folder(name, terminal), runtime(), new LayerCache(cacheBudget()));
    }

    /** A folder of the user's goes before a bundled model of the same name. */
    private Path folder(String name, Terminal terminal) {
        Path folder = Path.of(name);
        Optional<BundledModel> bundled = BundledModel.named(name);
        if (bundled.isEmpty() || Files.isDirectory(folder)) {
            return folder;
        }
        return new ConvertedModels(cacheFolder.path()).get(bundled.get(), () -> announce(name, terminal));
    }

    /** DJL unpacks its native library once; unless told otherwise, to a folder of its own in the user's home. */
    private void keepTokenizerLibraryInCache() {
        if (System.getProperty(DJL_CACHE) == null) {
            System.setProperty(DJL_CACHE, cacheFolder.path().resolve("djl").toString());
        }
    }

    private void announce(String name, Terminal terminal) {
        if (terminal.drawsErr()) {
            terminal.err().println(Style.DIM.of("converting " + name + " once, into " + cacheFolder.path()));
        }
    }
}
