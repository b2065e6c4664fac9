package dev.dllm4j.cli;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens models by what users call them: a folder, or a bundled model, which is converted on its first use.
 *
 * @param cacheFolder for converted models and unpacked libraries
 * @param cache for the rows that sequences keep, of every model that is opened
 */
record ModelOpener(Path cacheFolder, RuntimeOptions runtime, LayerCache cache) {
    private static final String DJL_CACHE = "DJL_CACHE_DIR";
    private static final String NATIVES = "dllm4j.natives";

    Decoder open(String model, Terminal terminal) {
        keepLibraries(cacheFolder);
        return Decoder.open(folder(model, terminal), runtime, cache);
    }

    /** A folder of the user's goes before a bundled model of the same name. */
    private Path folder(String model, Terminal terminal) {
        Path folder = Path.of(model);
        Optional<BundledModel> bundled = BundledModel.named(model);
        if (bundled.isEmpty() || Files.isDirectory(folder)) {
            return folder;
        }
        return new ConvertedModels(cacheFolder).get(bundled.get(), () -> announce(model, terminal));
    }

    /** Native libraries are unpacked once, to a folder of the cache that {@code --cache-dir} names, unless told otherwise. */
    static void keepLibraries(Path cacheFolder) {
        keep(DJL_CACHE, cacheFolder.resolve("djl"));
        keep(NATIVES, cacheFolder.resolve("onnxruntime"));
    }

    private static void keep(String property, Path folder) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, folder.toString());
        }
    }

    private void announce(String model, Terminal terminal) {
        if (terminal.drawsErr()) {
            terminal.err().println(terminal.styled(Style.DIM, "converting " + model + " once, into " + cacheFolder));
        }
    }
}
