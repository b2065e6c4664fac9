package dev.dllm4j.cli;

import dev.dllm4j.decoder.file.CacheLocation;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the program keeps what it can make again. */
final class CacheFolder {
    static final String VARIABLE = CacheLocation.VARIABLE;

    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "Where converted models and unpacked libraries are kept. Default $" + VARIABLE
                    + ", or ~/.cache/dllm4j.")
    private @Nullable Path folder;

    private final Map<String, String> environment;

    CacheFolder(Map<String, String> environment) {
        this.environment = environment;
    }

    Path path() {
        return folder == null ? CacheLocation.of(environment) : folder;
    }
}
