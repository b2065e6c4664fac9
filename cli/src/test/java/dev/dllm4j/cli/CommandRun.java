package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What a command line came to: exit code and both outputs. */
record CommandRun(int exitCode, String out, String err) {
    /** Where a command runs: what it reads, who watches, and where models are kept. */
    record Surroundings(String input, boolean drawsOut, boolean drawsErr, Map<String, String> environment) {
        static final Surroundings NONE = new Surroundings("", false, false, Map.of());

        static Surroundings cache(Path folder) {
            return new Surroundings("", false, false, Map.of(CacheFolder.VARIABLE, folder.toString()));
        }

        Surroundings input(String text) {
            return new Surroundings(text, drawsOut, drawsErr, environment);
        }

        /** Both outputs are a terminal. */
        Surroundings terminal() {
            return new Surroundings(input, true, true, environment);
        }

        /** With NO_COLOR set. */
        Surroundings noColor() {
            Map<String, String> more = new HashMap<>(environment);
            more.put(Terminal.NO_COLOR, "1");
            return new Surroundings(input, drawsOut, drawsErr, more);
        }

        CommandRun run(String... arguments) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            Terminal terminal = new Terminal(
                    new ByteArrayInputStream(input.getBytes(UTF_8)),
                    new PrintStream(out, true, UTF_8),
                    new PrintStream(err, true, UTF_8),
                    drawsOut,
                    drawsErr,
                    environment.getOrDefault(Terminal.NO_COLOR, "").isEmpty());
            int exitCode = Main.commandLine(terminal, environment).execute(arguments);
            return new CommandRun(exitCode, out.toString(UTF_8), err.toString(UTF_8));
        }
    }

    static CommandRun of(String... arguments) {
        return Surroundings.NONE.run(arguments);
    }
}
