package dev.dllm4j.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.http.ApiKeys.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
    private static final String SESAME = "d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272";

    @TempDir
    private Path folder;

    private final Logger logger = Logger.getLogger(ApiKeys.class.getName());
    private final Told told = new Told();
    private final AtomicLong nanos = new AtomicLong();
    private Path file = Path.of("");

    /** What the log was told, levels first. */
    private static final class Told extends Handler {
        private final List<String> lines = new ArrayList<>();

        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                lines.add(entry.getLevel() + " " + entry.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() throws IOException {
        logger.addHandler(told);
        file = Files.writeString(folder.resolve("keys"), SESAME + "\n");
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(told);
    }

    private ApiKeys keys() {
        return new ApiKeys(file, nanos::get);
    }

    private static boolean letsIn(ApiKeys keys) {
        try {
            return keys.check("Bearer sesame").equals(SESAME);
        } catch (ApiError e) {
            return false;
        }
    }

    @Test
    void aLineThatIsNoHashIsNamedOnceAndTheOldKeysOutliveItForAWhile() throws IOException {
        ApiKeys keys = keys();
        Files.writeString(file, "# ours\noops\n");

        for (int second = 0; second < 299; second++) {
            keys.reload();
            nanos.addAndGet(1_000_000_000L);
        }
        assertThat(letsIn(keys)).isTrue();
        assertThat(keys.state()).isEqualTo(State.STALE);
        assertThat(told.lines)
                .singleElement()
                .asString()
                .startsWith("SEVERE line 2 of " + file)
                .contains("5 minutes");

        nanos.addAndGet(1_000_000_000L);
        keys.reload();
        keys.reload();
        assertThat(letsIn(keys)).isFalse();
        assertThat(keys.state()).isEqualTo(State.NONE);
        assertThat(told.lines).hasSize(2);
        assertThat(told.lines.get(1)).endsWith("; every key is revoked");

        Files.writeString(file, SESAME + "\n");
        keys.reload();
        assertThat(letsIn(keys)).isTrue();
        assertThat(keys.state()).isEqualTo(State.CURRENT);
    }

    @Test
    void aFileThatIsAsBeforeAgainIsCurrentAgain() throws IOException {
        ApiKeys keys = keys();
        Files.writeString(file, "oops\n");
        keys.reload();
        assertThat(keys.state()).isEqualTo(State.STALE);

        Files.writeString(file, SESAME + "\n");
        keys.reload();

        assertThat(keys.state()).isEqualTo(State.CURRENT);
    }

    @Test
    void aFolderInItsPlaceCannotBeRead() throws IOException {
        ApiKeys keys = keys();
        Files.delete(file);
        Files.createDirectory(file);

        keys.reload();

        assertThat(keys.state()).isEqualTo(State.STALE);
        assertThat(told.lines).singleElement().asString().contains("which is not a regular file");
    }

    @Test
    void aPipeIsRefusedAndNotWaitedFor() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThatThrownBy(() -> new ApiKeys(pipe, nanos::get))
                .hasMessage("the API key file is " + pipe + ", which is not a regular file; name one");
        assertThatThrownBy(() -> new ApiKeys(Path.of("/dev/zero"), nanos::get))
                .hasMessageContaining("which is not a regular file");
    }

    @Test
    void aLinkToAFileIsFollowed() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThat(letsIn(new ApiKeys(link, nanos::get))).isTrue();
    }
}
