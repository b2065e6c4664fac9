package dev.dllm4j.decoder.golden;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of reference data: {@code -Ddllm4j.golden=DIR}, by default beside the project. */
public final class GoldenFolder {
    private GoldenFolder() {}

    /** A path inside the folder; skips the test with a reason where it is absent. */
    public static Path find(String name) {
        Path path = root().resolve(name);
        assumeTrue(Files.exists(path), () -> "no reference data: " + path + " is absent; set -Ddllm4j.golden=DIR");
        return path;
    }

    /** Whether a path inside the folder exists. */
    public static boolean has(String name) {
        return Files.exists(root().resolve(name));
    }

    private static Path root() {
        return Path.of(System.getProperty("dllm4j.golden", "../../shared/golden"));
    }
}
