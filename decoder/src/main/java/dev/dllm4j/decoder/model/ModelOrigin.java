package dev.dllm4j.decoder.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where an opened model comes from, for what is kept beside it. Thread-safe. */
public final class ModelOrigin {
    private final String hash;
    private final @Nullable Path folder;
    /** By the files' names; a model's own files stay what they are while it is open. */
    private final Map<String, Object> contents = new ConcurrentHashMap<>();

    /**
     * @param hash identity of its weights
     * @param folder null for a model that is no folder
     */
    public ModelOrigin(String hash, @Nullable Path folder) {
        this.hash = hash;
        this.folder = folder;
    }

    public String hash() {
        return hash;
    }

    /**
     * What a file of the model's folder holds, if it is there. It is read once, and anew only after a reader has thrown.
     *
     * @param type of what the reader gives; immutable, as all callers get the same
     */
    public <T> Optional<T> content(String name, Class<T> type, Function<Path, T> reader) {
        Object known = contents.get(name);
        if (known == null) {
            Optional<Path> file = file(name);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            known = contents.computeIfAbsent(name, absent -> reader.apply(file.get()));
        }
        return Optional.of(type.cast(known));
    }

    private Optional<Path> file(String name) {
        return Optional.ofNullable(folder).map(known -> known.resolve(name)).filter(Files::isRegularFile);
    }

    @Override
    public String toString() {
        return folder == null ? "model " + hash : folder.toString();
    }
}
