package dev.dllm4j.decoder.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheLocationTest {
    private static final Path HOME = Path.of(System.getProperty("user.home"));

    @Test
    void itIsInTheHomeFolderUnlessTheEnvironmentSaysOtherwise() {
        assertThat(CacheLocation.of(Map.of())).isEqualTo(HOME.resolve(".cache/dllm4j"));
    }

    @Test
    void theShellsHomeGoesBeforeJavas() {
        assertThat(CacheLocation.of(Map.of("HOME", "/home/me"))).isEqualTo(Path.of("/home/me/.cache/dllm4j"));
        assertThat(CacheLocation.of(Map.of("HOME", "me"))).isEqualTo(HOME.resolve(".cache/dllm4j"));
    }

    /** Java's home is a question mark where the system does not know the user. */
    @Test
    void aUserWithoutAHomeIsToldWhatToSet() {
        System.setProperty("user.home", "?");
        try {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CacheLocation.of(Map.of()))
                    .withMessageContaining("DLLM4J_CACHE is not set");
        } finally {
            System.setProperty("user.home", HOME.toString());
        }
    }

    @Test
    void theXdgFolderCountsWhereItIsAbsolute() {
        assertThat(CacheLocation.of(Map.of("XDG_CACHE_HOME", "/xdg"))).isEqualTo(Path.of("/xdg/dllm4j"));
        assertThat(CacheLocation.of(Map.of("XDG_CACHE_HOME", "xdg"))).isEqualTo(HOME.resolve(".cache/dllm4j"));
    }

    @Test
    void ourOwnVariableGoesFirstAndNamesTheFolderItself() {
        assertThat(CacheLocation.of(Map.of("XDG_CACHE_HOME", "/xdg", "DLLM4J_CACHE", "here")))
                .isEqualTo(Path.of("here"));
    }
}
