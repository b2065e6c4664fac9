package dev.dllm4j.decoder.golden;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder of reference data: the project's own, or another one that {@code -Ddllm4j.golden=DIR} names, from the
 * project's root on, and which is read as it lies.
 */
public final class GoldenFolder {
    private GoldenFolder() {}

    /** A path inside the folder. Where another folder does not have it, the test is skipped with a reason. */
    public static Path find(String name) {
        Path path = root().resolve(name).normalize();
        Optional<Path> named = named();
        if (named.isEmpty() && !Files.exists(path)) {
            throw new IllegalStateException("the project's reference data has no " + name + "; pack it as "
                    + projectRoot().resolve("reference/README.md") + " says");
        }
        assumeTrue(
                Files.exists(path),
                () -> "no " + name + " in " + named.map(Path::toString).orElse("the project's reference data")
                        + "; -Ddllm4j.golden=DIR names a folder that has it");
        return path;
    }

    /** Whether a path inside the folder exists. */
    public static boolean has(String name) {
        return Files.exists(root().resolve(name).normalize());
    }

    /** The project's root. */
    public static Path projectRoot() {
        String root = System.getProperty("dllm4j.root", "");
        return Path.of(root.isEmpty() ? ".." : root).toAbsolutePath().normalize();
    }

    private static Optional<Path> named() {
        return named(System.getProperty("dllm4j.golden", ""));
    }

    /** The other folder of a name; none if it is empty. */
    static Optional<Path> named(String name) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Path folder = projectRoot().resolve(name).normalize();
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException("dllm4j.golden is " + folder
                    + ", which is not a folder; name one of reference data, or leave it out for the project's own");
        }
        return Optional.of(folder);
    }

    private static Path root() {
        return named().orElseGet(GoldenFolder::own);
    }

    private static Path own() {
        Path project = projectRoot();
        try {
            return Unpacked.of(project.resolve("reference"), project.resolve("target/reference"))
                    .resolve("golden");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
