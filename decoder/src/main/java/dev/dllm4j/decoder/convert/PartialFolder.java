package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder in the making, beside the place it will have. It appears there complete, by a rename, or not at all: closing
 * an unpublished one deletes it, and so does the end of the process by a signal.
 */
final class PartialFolder implements AutoCloseable {
    /** Writers may still add a file while a signal's clean-up deletes. */
    private static final int DELETE_ATTEMPTS = 5;

    private final Path output;
    private final Path path;
    private final Thread onExit;

    private PartialFolder(Path output, Path path) {
        this.output = output;
        this.path = path;
        this.onExit = new Thread(this::delete, "delete " + path.getFileName());
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /**
     * @param output must not exist, or be an empty folder
     * @param bytes that will be written at least
     */
    static PartialFolder beside(Path output, long bytes) {
        Path absolute = absolute(output);
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new ModelException(output + " cannot be created: its parent is no folder; create that first");
        }
        requireFree(output, parent);
        requireSpace(output, parent, bytes);
        Path path = parent.resolve("." + absolute.getFileName() + ".partial-"
                + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), Character.MAX_RADIX));
        try {
            Files.createDirectory(path);
        } catch (IOException e) {
            throw FileFailure.writing(parent, e);
        }
        return new PartialFolder(absolute, path);
    }

    Path path() {
        return path;
    }

    /** Moves the folder to its place. */
    void publish() {
        try {
            Files.deleteIfExists(output);
            Files.move(path, output, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileFailure.writing(output, e);
        }
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            return; // the process is ending, and the hook at work
        }
    }

    /** Through links, so that a rename replaces the folder and not the link to it. */
    private static Path absolute(Path output) {
        try {
            return Files.exists(output)
                    ? output.toRealPath()
                    : output.toAbsolutePath().normalize();
        } catch (IOException e) {
            throw FileFailure.writing(output, e);
        }
    }

    private static void requireFree(Path output, Path parent) {
        if (!Files.exists(output)) {
            return;
        }
        if (!Files.isDirectory(output)) {
            throw new ModelException(output + " is a file; name a new folder");
        }
        try (Stream<Path> entries = Files.list(output)) {
            if (entries.findAny().isPresent()) {
                throw new ModelException(output + " is not empty; name a new folder, or empty this one first");
            }
            FileStore outside = Files.getFileStore(parent);
            if (!Files.getFileStore(output).equals(outside)) {
                throw new ModelException(output + " is a mount point, which nothing can be renamed to;"
                        + " name a new folder inside it");
            }
        } catch (IOException e) {
            throw FileFailure.writing(output, e);
        }
    }

    private static void requireSpace(Path output, Path parent, long bytes) {
        try {
            long usable = Files.getFileStore(parent).getUsableSpace();
            if (usable < bytes) {
                throw new ModelException("%s needs %d MB; %s has %d MB free, make space or choose another folder"
                        .formatted(output, bytes / 1_000_000, parent, usable / 1_000_000));
            }
        } catch (IOException e) {
            throw FileFailure.writing(parent, e);
        }
    }

    /** What cannot be deleted is left to its owner: the failure that led here matters more. */
    private void delete() {
        for (int attempt = 0; attempt < DELETE_ATTEMPTS && Files.exists(path); attempt++) {
            try (Stream<Path> tree = Files.walk(path)) {
                for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(entry);
                }
            } catch (IOException | UncheckedIOException e) {
                // the next attempt meets whatever is left
            }
        }
    }
}
