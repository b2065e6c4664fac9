package dev.dllm4j.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * A stretch of terminal that is drawn over and over in place. The cursor is hidden meanwhile; it comes back on closing,
 * and when the process is interrupted.
 */
final class Screen implements AutoCloseable {
    private static final String ESCAPE = "\u001b[";
    private static final String HIDE_CURSOR = ESCAPE + "?25l";
    private static final String SHOW_CURSOR = ESCAPE + "?25h";
    private static final String PLAIN = ESCAPE + "0m";
    private static final String ERASE_LINE_END = ESCAPE + "K";
    private static final String ERASE_BELOW = ESCAPE + "J";
    private static final String ERASE_ALL = ESCAPE + "2J" + ESCAPE + "H";
    /** Terminals that know these two show a frame at once; others ignore them. */
    private static final String BEGIN_FRAME = ESCAPE + "?2026h";

    private static final String END_FRAME = ESCAPE + "?2026l";

    private static final long RESIZE_CHECK_NANOS = 500_000_000;

    private final PrintStream out;
    private final Supplier<ScreenSize> sizes;
    private ScreenSize size;
    private long sizeReadAt;
    private int height;
    private boolean closed;

    Screen(PrintStream out, Supplier<ScreenSize> sizes) {
        this.out = out;
        this.sizes = sizes;
        this.size = sizes.get();
        this.sizeReadAt = System.nanoTime();
        Runtime.getRuntime().addShutdownHook(new Thread(this::interrupted, "restore-cursor"));
    }

    /** The room that {@link #draw} has. A resized terminal is noticed here, and wiped. */
    synchronized ScreenSize size() {
        if (System.nanoTime() - sizeReadAt > RESIZE_CHECK_NANOS) {
            sizeReadAt = System.nanoTime();
            ScreenSize now = sizes.get();
            if (!now.equals(size) && height > 0 && !closed) {
                out.print(ERASE_ALL);
                height = 0;
            }
            size = now;
        }
        return size;
    }

    /** Replaces what was drawn before. Each line is narrower than the screen, and there are at most as many as its rows. */
    synchronized void draw(List<String> lines) {
        if (closed) {
            return;
        }
        StringBuilder frame = new StringBuilder(BEGIN_FRAME).append(HIDE_CURSOR);
        home(frame);
        frame.append(String.join(ERASE_LINE_END + "\n", lines));
        frame.append(ERASE_LINE_END).append(ERASE_BELOW).append(END_FRAME);
        out.print(frame);
        out.flush();
        height = lines.size();
    }

    /** Erases what was drawn; what follows is printed in its place. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        StringBuilder end = new StringBuilder();
        home(end);
        out.print(end.append(ERASE_BELOW).append(SHOW_CURSOR));
        out.flush();
    }

    private synchronized void interrupted() {
        if (!closed) {
            closed = true;
            out.print(PLAIN + SHOW_CURSOR + "\n");
            out.flush();
        }
    }

    /** Puts the cursor to the first column of the first line drawn. */
    private void home(StringBuilder to) {
        to.append('\r');
        if (height > 1) {
            to.append(ESCAPE).append(height - 1).append('A');
        }
    }
}
