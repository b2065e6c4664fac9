package dev.dllm4j.decoder.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dllm4j.decoder.testing.SpecialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadableFileTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("file");
    }

    @Test
    void anOrdinaryFileIsReadAlsoThroughLinks() throws IOException {
        Files.writeString(file, "one\ntwo\n");
        Path link = SpecialFiles.link(folder.resolve("second"), SpecialFiles.link(folder.resolve("first"), file));
        assertThat(ReadableFile.lines(link, 100)).containsExactly("one", "two");
        assertThat(ReadableFile.size(link)).isEqualTo(8);
        assertThat(ReadableFile.textIfPresent(folder.resolve("none"), 100)).isEmpty();
    }

    @Test
    void aPipeIsRefusedUnopened() throws IOException {
        SpecialFiles.pipe(file);
        assertRefused(file, "is a pipe, socket or device; it must be an ordinary file or a link to one");
        assertRefused(SpecialFiles.link(folder.resolve("link"), file), "link is a pipe, socket or device");
    }

    @Test
    void aDeviceAFolderAndALinkToNothingAreRefused() throws IOException {
        assertRefused(folder, "is a folder");
        assertRefused(SpecialFiles.link(file, folder.resolve("none")), "is a link that leads to nothing");
        assertThat(ReadableFile.exists(file)).isTrue();
        Path device = Path.of("/dev/null");
        if (Files.exists(device)) {
            assertRefused(SpecialFiles.link(file, device), "is a pipe, socket or device");
        }
    }

    @Test
    void aFileThatIsNotThereIsNoRefusal() {
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> ReadableFile.open(file));
    }

    @Test
    void aFileAboveItsBoundIsNotRead() throws IOException {
        Files.writeString(file, "12345");
        assertThat(ReadableFile.bytes(file, 5)).hasSize(5);
        assertThatExceptionOfType(RefusedFileException.class)
                .isThrownBy(() -> ReadableFile.bytes(file, 4))
                .withMessageContainingAll("file has", "at most", "; ");
    }

    private static void assertRefused(Path file, String says) {
        assertThatExceptionOfType(RefusedFileException.class)
                .isThrownBy(() -> ReadableFile.open(file))
                .withMessageContaining(says);
        assertThatExceptionOfType(RefusedFileException.class).isThrownBy(() -> ReadableFile.text(file, 10));
    }
}
