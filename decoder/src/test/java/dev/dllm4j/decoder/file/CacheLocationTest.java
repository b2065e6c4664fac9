package dev.dllm4j.decoder.file;

import static org.assertj.core.api.Assertions.assertThat;

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
