package dev.dllm4j.decoder.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a model comes from, for what is kept beside it.
 *
 * @param hash identity of its weights
 * @param folder null for a model that is no folder
 */
public record ModelOrigin(String hash, @Nullable Path folder) {
    /** A file of the model's folder, if it is there. */
    public Optional<Path> file(String name) {
        return Optional.ofNullable(folder).map(known -> known.resolve(name)).filter(Files::isRegularFile);
    }

    @Override
    public String toString() {
        return folder == null ? "model " + hash : folder.toString();
    }
}
