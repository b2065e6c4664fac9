package dev.dllm4j.decoder.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FileFailureTest {
    private static final Path FILE = Path.of("weights.bin");

    @Test
    void aFullDiskIsNamedAsSuch() {
        IOException full = new IOException("No space left on device");
        assertThat(FileFailure.writing(FILE, full))
                .hasMessage("weights.bin cannot be written: No space left on device;"
                        + " make space or choose another output folder")
                .hasCause(full);
    }

    @Test
    void exceptionsThatSayNothingButThePathAreSpelledOut() {
        assertThat(FileFailure.writing(FILE, new AccessDeniedException("weights.bin")))
                .hasMessage("weights.bin cannot be written: permission denied;"
                        + " allow it or choose another output folder");
        assertThat(FileFailure.reading(FILE, new NoSuchFileException("weights.bin")))
                .hasMessageStartingWith("weights.bin cannot be read: it does not exist; ");
    }

    @Test
    void theReasonIsGivenWithoutThePathInFrontOfIt() {
        assertThat(FileFailure.reading(FILE, new FileSystemException("a", "b", "Stale file handle")))
                .hasMessageStartingWith("weights.bin cannot be read: Stale file handle; ");
    }
}
