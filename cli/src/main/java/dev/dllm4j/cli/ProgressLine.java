package dev.dllm4j.cli;

import java.io.PrintStream;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A line on standard error that says how far something is. Only a terminal gets it, and only until the end. Where the
 * process is interrupted the line stays as it is, and what comes next begins a line of its own.
 */
final class ProgressLine implements AutoCloseable {
    private static final long FRAME_NANOS = 50_000_000;
    private static final long RESIZE_CHECK_NANOS = 500_000_000;
    private static final String ERASE_LINE = "\r\u001b[K";
    /** What the terminal is too narrow for, because it was just resized, must not begin a second line. */
    private static final String CUT = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final Terminal terminal;
    private final PrintStream err;
    private final Supplier<ScreenSize> sizes;
    private final String onInterrupt;
    private final Thread hook = new Thread(this::interrupted, "end-progress-line");
    private int columns;
    private long sizeReadAt;
    private long drawnAt;
    private int drawnColumns;
    private boolean closed;

    /** @param onInterrupt what to tell a user who ends the process meanwhile; empty for nothing */
    ProgressLine(Terminal terminal, String onInterrupt) {
        this(terminal, onInterrupt, ScreenSize::now);
    }

    ProgressLine(Terminal terminal, String onInterrupt, Supplier<ScreenSize> sizes) {
        this.terminal = terminal;
        this.err = terminal.err();
        this.sizes = sizes;
        this.onInterrupt = onInterrupt;
        this.drawnAt = System.nanoTime() - FRAME_NANOS;
        this.sizeReadAt = System.nanoTime() - RESIZE_CHECK_NANOS;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Replaces what was shown; what comes too fast for an eye is left out. */
    void show(Gauge gauge) {
        show(width -> gauge.line(terminal, width));
    }

    /** The same without a bar. */
    void show(String words) {
        show(width -> Gauge.fit(words, width));
    }

    private synchronized void show(IntFunction<String> lines) {
        long now = System.nanoTime();
        if (closed || !terminal.drawsErr() || now - drawnAt < FRAME_NANOS) {
            return;
        }
        drawnAt = now;
        if (now - sizeReadAt >= RESIZE_CHECK_NANOS) {
            sizeReadAt = now;
            columns = sizes.get().columns();
        }
        String line = lines.apply(columns);
        err.print(terminal.escapes() ? ERASE_LINE + CUT + line + WRAP : overwrite(line));
        err.flush();
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is being interrupted; the hook finds the line closed.
        }
    }

    private synchronized void end() {
        if (!closed && terminal.drawsErr()) {
            err.print(terminal.escapes() ? ERASE_LINE : overwrite("") + "\r");
            err.flush();
        }
        closed = true;
    }

    /** Draws over the line before without escape sequences. */
    private String overwrite(String line) {
        int before = drawnColumns;
        drawnColumns = Columns.of(line);
        return "\r" + line + " ".repeat(Math.max(0, before - drawnColumns));
    }

    synchronized void interrupted() {
        if (closed) {
            return;
        }
        closed = true;
        if (terminal.drawsErr()) {
            err.println();
        }
        if (!onInterrupt.isEmpty()) {
            err.println("dllm4j: interrupted; " + onInterrupt);
        }
        err.flush();
    }
}
