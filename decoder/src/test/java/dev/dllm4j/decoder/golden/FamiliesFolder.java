package dev.dllm4j.decoder.golden;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reference data of block diffusion families, which is not the project's own: it lies beside the project, or in the folder
 * that {@code -Ddllm4j.golden.families=DIR} names, from the project's root on.
 */
public final class FamiliesFolder {
    private static final String PROPERTY = "dllm4j.golden.families";
    private static final String BESIDE = "../shared/golden-families";

    private FamiliesFolder() {}

    /**
     * A path inside the folder. Where there is no folder the test is skipped with a reason.
     *
     * @throws IllegalStateException where a folder is named and is not there
     */
    public static Path find(String name) {
        Path path = root().resolve(name).normalize();
        assumeTrue(
                Files.exists(path),
                () -> "there is no " + path + "; -D" + PROPERTY + "=DIR names a folder of reference data that has it");
        return path;
    }

    /** The folder, whether or not it is there. */
    public static Path root() {
        String named = System.getProperty(PROPERTY, "");
        Path root = GoldenFolder.projectRoot()
                .resolve(named.isEmpty() ? BESIDE : named)
                .normalize();
        if (!named.isEmpty() && !Files.isDirectory(root)) {
            throw new IllegalStateException(PROPERTY + " is " + root
                    + ", which is not a folder; name one of reference data, or leave it out for " + BESIDE);
        }
        return root;
    }
}
