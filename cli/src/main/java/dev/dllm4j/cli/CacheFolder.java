package dev.dllm4j.cli;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the program keeps what it can make again. */
final class CacheFolder {
    static final String VARIABLE = "DLLM4J_CACHE";

    private static final String XDG_VARIABLE = "XDG_CACHE_HOME";

    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "Where converted models are kept. Default $" + VARIABLE + ", or ~/.cache/dllm4j.")
    private @Nullable Path folder;

    private final Map<String, String> environment;

    CacheFolder(Map<String, String> environment) {
        this.environment = environment;
    }

    Path path() {
        return folder == null ? fromEnvironment(environment) : folder;
    }

    /** The XDG rule: a relative path there is to be ignored. */
    static Path fromEnvironment(Map<String, String> environment) {
        String own = environment.getOrDefault(VARIABLE, "");
        if (!own.isEmpty()) {
            return Path.of(own);
        }
        Path xdg = Path.of(environment.getOrDefault(XDG_VARIABLE, ""));
        Path caches = xdg.isAbsolute() ? xdg : Path.of(System.getProperty("user.home"), ".cache");
        return caches.resolve("dllm4j");
    }
}
