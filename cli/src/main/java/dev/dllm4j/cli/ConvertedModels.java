package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.file.WorkFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Converted models in the cache folder. A conversion appears there complete or not at all, so that processes that
 * convert the same model at the same time end up with one of two equal results. What a killed one left is deleted by the
 * next.
 *
 * @param cache created when it is needed
 */
record ConvertedModels(Path cache) {
    /** Where a bundled model is, or will be: a changed checkpoint goes elsewhere. */
    Path folder(BundledModel model) {
        return cache.resolve(model + "-" + model.digest());
    }

    /** A folder's model, if it holds one that this program can open. */
    static Optional<ModelFolder> read(Path folder) {
        try {
            return Optional.of(ModelFolder.read(folder));
        } catch (ModelException e) {
            return Optional.empty();
        }
    }

    /**
     * The folder of a bundled model, converted if it is not there yet.
     *
     * @param announcement runs before a conversion
     */
    Path get(BundledModel model, Runnable announcement) {
        Path folder = folder(model);
        if (!usable(folder)) {
            announcement.run();
            convert(model, folder);
        }
        return folder;
    }

    /** Every model in the cache, by folder name. */
    List<ModelFolder> all() {
        if (!Files.isDirectory(cache)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(cache)) {
            return folders.sorted().flatMap(folder -> read(folder).stream()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean usable(Path folder) {
        try {
            ModelFolder.read(folder).verifyGraphs();
            return true;
        } catch (ModelException e) {
            return false;
        }
    }

    private void convert(BundledModel model, Path folder) {
        try {
            Files.createDirectories(cache);
            try (WorkFolder workplace = WorkFolder.create(cache, model.toString())) {
                Path checkpoint = workplace.path().resolve("checkpoint");
                model.extract(checkpoint);
                putAside(folder, workplace.path().resolve("unusable"));
                Converter.convert(checkpoint, folder, ConvertOptions.defaults(), ConvertProgress.SILENT);
            } catch (ModelException e) {
                if (!usable(folder)) {
                    throw e;
                }
                // Another process was faster.
            }
        } catch (IOException | UncheckedIOException e) {
            throw new ModelException(
                    "%s cannot be written: %s; make it writable, make space, or name another folder with --cache-dir or %s"
                            .formatted(
                                    cache, e instanceof UncheckedIOException ? e.getCause() : e, CacheFolder.VARIABLE),
                    e);
        }
    }

    /** What another version of the program wrote, or somebody damaged, makes room. */
    private static void putAside(Path folder, Path aside) throws IOException {
        if (Files.exists(folder) && !usable(folder)) {
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
