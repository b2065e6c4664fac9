package dev.dllm4j.cli;

import java.io.PrintStream;

/** A line on standard error that says how far something is. Only a terminal gets it, and only until the end. */
final class ProgressLine implements AutoCloseable {
    private static final long FRAME_NANOS = 50_000_000;
    private static final String ERASE_LINE = "\r\u001b[K";
    /** A line too long for the terminal is cut, or it could not be erased. */
    private static final String CUT = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final PrintStream err;
    private final boolean draws;
    private long drawnAt;

    ProgressLine(Terminal terminal) {
        this.err = terminal.err();
        this.draws = terminal.drawsErr();
        this.drawnAt = System.nanoTime() - FRAME_NANOS;
    }

    /** Replaces what was shown; what comes too fast for an eye is left out. */
    void show(String text) {
        long now = System.nanoTime();
        if (draws && now - drawnAt >= FRAME_NANOS) {
            drawnAt = now;
            err.print(ERASE_LINE + CUT + text + WRAP);
            err.flush();
        }
    }

    @Override
    public void close() {
        if (draws) {
            err.print(ERASE_LINE);
            err.flush();
        }
    }
}
