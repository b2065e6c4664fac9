package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.model.ModelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class FailuresTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Failures failures = new Failures(new PrintStream(err, true, UTF_8));

    static Stream<Arguments> exceptionsOfCommands() {
        return Stream.of(
                Arguments.of(new ModelException("x is bad; mend it"), "x is bad; mend it"),
                Arguments.of(new NoSuchFileException("/f"), "/f does not exist"),
                Arguments.of(new AccessDeniedException("/f"), "/f may not be accessed; check its permissions"),
                Arguments.of(new FileSystemException("/f", null, "disk full"), "/f cannot be used: disk full"),
                Arguments.of(new UncheckedIOException(new NoSuchFileException("/f")), "/f does not exist"),
                Arguments.of(new UncheckedIOException("/f is bad", new IOException("cause")), "/f is bad"),
                Arguments.of(
                        new IllegalStateException("two lines"),
                        "unexpected java.lang.IllegalStateException: two lines; please report it with the stack trace"
                                + " that --verbose prints"));
    }

    @ParameterizedTest
    @MethodSource
    void exceptionsOfCommands(Exception e, String message) {
        CommandLine command = Main.commandLine(
                new Terminal(System.in, System.out, new PrintStream(err, true, UTF_8), false, false, true), Map.of());
        assertThat(failures.handleExecutionException(e, command, command.parseArgs()))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8)).isEqualTo("dllm4j: " + message + "\n");
    }

    @Test
    void memoryThatRanOutComesWithItsRemedy() {
        assertThat(failures.handleError(new OutOfMemoryError("Java heap space"), new String[0]))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .isEqualTo("dllm4j: out of memory (Java heap space); allow more, e.g. JDK_JAVA_OPTIONS=-Xmx8g\n");
    }

    @Test
    void verboseShowsWhereAnErrorCameFrom() {
        failures.handleError(new LinkageError("no such library"), new String[] {"generate", "--verbose"});
        assertThat(err.toString(UTF_8))
                .startsWith("dllm4j: unexpected java.lang.LinkageError: no such library; ")
                .contains("\tat dev.dllm4j.cli");
    }
}
