package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.file.Disk;
import dev.dllm4j.decoder.file.WorkFolder;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A folder in the making, beside the place it will have. It appears there complete and kept by the disk, by a rename, or
 * not at all: closing an unpublished one deletes it, as does the end of the process by a signal, and the next conversion
 * beside it deletes what a killed one left.
 */
final class PartialFolder implements AutoCloseable {
    private final Path output;
    private final WorkFolder work;

    private PartialFolder(Path output, WorkFolder work) {
        this.output = output;
        this.work = work;
    }

    /**
     * @param output must not exist, or be an empty folder
     * @param bytes that will be written at least
     */
    static PartialFolder beside(Path output, long bytes) {
        return beside(output, bytes, 0);
    }

    /**
     * @param output must not exist, or be an empty folder
     * @param bytes that will be written at least
     * @param reference bytes of what will lie beside it for the while, to compare it with
     */
    static PartialFolder beside(Path output, long bytes, long reference) {
        Path absolute = absolute(output);
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new ModelException(output + " cannot be created: its parent is not a folder; create that first");
        }
        requireFree(output, parent);
        WorkFolder work;
        try {
            work = WorkFolder.create(parent, absolute.getFileName().toString());
        } catch (IOException e) {
            throw FileFailure.writing(parent, e);
        }
        try {
            requireSpace(output, parent, bytes, reference); // less what a killed conversion had taken
        } catch (ModelException e) {
            work.close();
            throw e;
        }
        return new PartialFolder(absolute, work);
    }

    Path path() {
        return work.path();
    }

    /** Moves the folder to its place, once the disk has all of it. */
    void publish() {
        try {
            Disk.keepAll(path());
            Files.deleteIfExists(output);
            Files.move(path(), output, StandardCopyOption.ATOMIC_MOVE);
            Disk.keepNames(output.resolveSibling("."));
        } catch (IOException e) {
            throw FileFailure.writing(output, e);
        }
    }

    @Override
    public void close() {
        work.close();
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

    private static void requireSpace(Path output, Path parent, long bytes, long reference) {
        try {
            long usable = Files.getFileStore(parent).getUsableSpace();
            if (usable - reference < bytes) {
                throw new ModelException(String.format(
                        Locale.ROOT,
                        "%s needs %d MB%s; %s has %d MB free, make space or choose another folder",
                        output,
                        bytes / 1_000_000,
                        reference == 0
                                ? ""
                                : ", and the checkpoint's own numbers to check it against " + reference / 1_000_000
                                        + " MB for the while",
                        parent,
                        usable / 1_000_000));
            }
        } catch (IOException e) {
            throw FileFailure.writing(parent, e);
        }
    }
}
