package dev.dllm4j.train.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder for the time of a run. Closing it deletes it with all that is in it.
 *
 * @param path of the folder
 */
public record ScratchFolder(Path path) implements AutoCloseable {
    /** Makes an empty one among the system's temporary files. */
    public static ScratchFolder create() {
        try {
            return new ScratchFolder(Files.createTempDirectory("dllm4j-train"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> tree = Files.walk(path)) {
            for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
