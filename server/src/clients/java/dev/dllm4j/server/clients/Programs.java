package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of the machine that a test may use. */
final class Programs {
    /** Where {@code npm install} and {@code python3 -m venv} have put OpenAI's packages. */
    private static final Path CLIENTS = Path.of(System.getProperty("dllm4j.root", ".."))
            .resolve(System.getProperty("dllm4j.clients", "target/clients"))
            .toAbsolutePath()
            .normalize();

    private Programs() {}

    /** A script with what runs it. */
    record Script(List<String> command, Map<String, String> environment) {
        /** Runs it to its end; gives what it said. */
        String run(String... arguments) {
            List<String> whole = new ArrayList<>(command);
            whole.addAll(List.of(arguments));
            return Programs.run(whole, environment);
        }
    }

    /** Where the path has a program. */
    static Optional<Path> inPath(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder).resolve(name).toAbsolutePath())
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A script that uses OpenAI's package for JavaScript; skips the test where that is absent. */
    static Script javaScript(String name) {
        Path modules = CLIENTS.resolve("node_modules");
        assumeTrue(
                Files.isDirectory(modules.resolve("openai")),
                () -> "npm's openai is not in " + modules + "; run: npm install --prefix " + CLIENTS + " openai@7.57.0");
        assumeTrue(inPath("node").isPresent(), "there is no node in the path");
        return new Script(List.of("node", script(name)), Map.of("NODE_PATH", modules.toString()));
    }

    /** A script that uses OpenAI's package for Python; skips the test where that is absent. */
    static Script python(String name) {
        Path python = CLIENTS.resolve("python/bin/python");
        assumeTrue(
                Files.isExecutable(python),
                () -> "there is no " + python + "; run: python3 -m venv " + CLIENTS + "/python && " + CLIENTS
                        + "/python/bin/pip install openai==3.57.0");
        return new Script(List.of(python.toString(), script(name)), Map.of());
    }

    private static String script(String name) {
        return Path.of("src/clients/scripts").resolve(name).toString();
    }

    /** Runs a program to its end, which must be a good one; gives what it said. */
    static String run(List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
