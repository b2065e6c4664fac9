package dev.dllm4j.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The three standard streams, and whether somebody watches them. Text is UTF-8 on all of them, whatever the locale says.
 *
 * @param drawsOut whether standard output is a terminal that can be drawn on
 * @param drawsErr whether standard error is a terminal whose line can be drawn over
 * @param escapes whether a terminal is sent escape sequences; without them nothing can be drawn on standard output
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, boolean drawsOut, boolean drawsErr, boolean escapes) {
    /** A user who sets it to anything wants no escape sequences (<a href="https://no-color.org">no-color.org</a>). */
    static final String NO_COLOR = "NO_COLOR";

    private static final int OUT = 1;
    private static final int ERR = 2;

    Terminal {
        drawsOut = drawsOut && escapes;
    }

    /**
     * Those of this process.
     *
     * @param output where standard output goes
     */
    static Terminal system(OutputStream output, Map<String, String> environment) {
        return new Terminal(
                System.in,
                print(output),
                print(new FileOutputStream(FileDescriptor.err)),
                draws(OUT),
                draws(ERR),
                environment.getOrDefault(NO_COLOR, "").isEmpty());
    }

    /** Text as standard error shows it. */
    String styled(Style style, String text) {
        return drawsErr && escapes ? style.of(text) : text;
    }

    private static PrintStream print(OutputStream output) {
        return new PrintStream(new BufferedOutputStream(output), true, StandardCharsets.UTF_8);
    }

    private static boolean draws(int descriptor) {
        return !"dumb".equals(System.getenv("TERM")) && isTerminal(descriptor);
    }

    /** Linux names what is behind a descriptor; elsewhere the shell is asked, at the price of a process. */
    private static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd", String.valueOf(descriptor));
        try {
            if (Files.isSymbolicLink(link)) {
                String target = Files.readSymbolicLink(link).toString();
                return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
            }
            return new ProcessBuilder("sh", "-c", "test -t " + descriptor)
                            .inheritIO()
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
