package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeTokenizerTest {
    private static final String PROPERTY = "DJL_CACHE_DIR";

    @TempDir
    private Path folder;

    @Test
    void aFolderThatCannotBeWrittenIsNamedAndWhatSetsIt() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(message(file.resolve("djl"), new EngineException("Failed to load")))
                .contains(file + "/djl", "cannot be written", "DLLM4J_CACHE", "--cache-dir")
                .doesNotContain("\n");
    }

    @Test
    void whereTheFolderCanBeWrittenTheFirstCauseIsTold() {
        EngineException failure =
                new EngineException("Failed to load", new UnsatisfiedLinkError("libc is older than 2.28"));
        assertThat(message(folder, failure)).contains(folder.toString(), "libc is older than 2.28", "DLLM4J_CACHE");
    }

    private static String message(Path cache, EngineException failure) {
        String before = System.getProperty(PROPERTY);
        System.setProperty(PROPERTY, cache.toString());
        try {
            return String.valueOf(NativeTokenizer.failure(failure).getMessage());
        } finally {
            if (before == null) {
                System.clearProperty(PROPERTY);
            } else {
                System.setProperty(PROPERTY, before);
            }
        }
    }
}
