package dev.dllm4j.cli;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What models run on, however many there are. */
final class ModelRuntime {
    @Option(names = "--device", paramLabel = "DEVICE", description = "cpu, cuda or cuda:N. Default cpu.")
    private Device device = RuntimeOptions.DEFAULT.device();

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads. Default 0, one a core.")
    private int threads = RuntimeOptions.DEFAULT.threads();

    @Option(
            names = "--cache-budget",
            paramLabel = "SIZE",
            description = "Memory for the rows that caches keep, of all models together, e.g. 512m or 4g. Default 1g.")
    private ByteSize cacheBudget = new ByteSize(LayerCache.DEFAULT_BUDGET);

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description =
                    "As what kept rows are stored, f32 or f16; f16 takes half the memory and rounds. Default f32.")
    private RowType cacheType = RowType.F32;

    @Option(
            names = "--scratch-memory",
            paramLabel = "SIZE",
            description = "Memory for a layer's attention scores, and as much for its inner activations, e.g. 256m;"
                    + " longer canvases are computed a stretch at a time, to the same answers. Default 48m.")
    private ByteSize scratchMemory = new ByteSize(RuntimeOptions.DEFAULT_SCRATCH);

    @Option(names = "--force", description = "Open a model even where it seems to need more memory than there is.")
    private boolean force;

    @Mixin
    private final CacheFolder cacheFolder;

    ModelRuntime(Map<String, String> environment) {
        this.cacheFolder = new CacheFolder(environment);
    }

    /** @throws IllegalArgumentException if a value is out of range */
    RuntimeOptions options() {
        return new RuntimeOptions(device, threads, scratchMemory.bytes(), cacheType, force);
    }

    /** Bytes that kept rows may take. */
    long cacheBudget() {
        return cacheBudget.bytes();
    }

    /** Opens models whose sequences share the budget. */
    ModelOpener opener() {
        return new ModelOpener(cacheFolder.path(), options(), MemoryLimit.cache(cacheBudget()));
    }
}
