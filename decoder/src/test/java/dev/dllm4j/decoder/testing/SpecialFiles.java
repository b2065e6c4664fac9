package dev.dllm4j.decoder.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that are no ordinary ones. Opening the pipe to read it would wait for ever. */
public final class SpecialFiles {
    private SpecialFiles() {}

    /** A pipe in the place of whatever is there. */
    public static Path pipe(Path file) throws IOException {
        Files.deleteIfExists(file);
        try {
            Process process = new ProcessBuilder("mkfifo", file.toString()).start();
            assumeTrue(process.waitFor() == 0, "this system makes no pipes");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return file;
    }

    /** A link in the place of whatever is there. */
    public static Path link(Path file, Path target) throws IOException {
        Files.deleteIfExists(file);
        return Files.createSymbolicLink(file, target);
    }
}
