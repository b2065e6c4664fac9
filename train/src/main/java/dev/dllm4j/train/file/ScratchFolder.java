package dev.dllm4j.train.file;

import dev.dllm4j.decoder.file.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A folder for the time of a run, among the system's temporary files. Closing it deletes it with all that is in it; what
 * a killed run left is deleted by the next.
 */
public record ScratchFolder(WorkFolder work) implements AutoCloseable {
    /** Makes an empty one. */
    public static ScratchFolder create() {
        try {
            return new ScratchFolder(WorkFolder.create(Path.of(System.getProperty("java.io.tmpdir")), "dllm4j-train"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it is. */
    public Path path() {
        return work.path();
    }

    @Override
    public void close() {
        work.close();
    }
}
