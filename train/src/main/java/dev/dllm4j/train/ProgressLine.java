package dev.dllm4j.train;

import dev.dllm4j.train.run.Checkpoint;
import dev.dllm4j.train.run.RunClock;
import dev.dllm4j.train.run.TrainProgress;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How a run goes: a bar that is drawn anew on a terminal, a line now and then elsewhere. A user who interrupts the process
 * is told how to go on.
 */
final class ProgressLine implements TrainProgress, AutoCloseable {
    private static final int WIDTH = 24;
    private static final int NARROWEST = 5;
    private static final int USUAL_COLUMNS = 80;
    private static final double DRAWN_SECONDS = 0.5;
    private static final double PRINTED_SECONDS = 15;
    /** Losses of single batches are rough: what is shown is their mean, the last ones counting most. */
    private static final double KEPT = 0.98;

    private final PrintStream err;
    private final Path folder;
    private final boolean draws;
    private double lossSum;
    private double lossWeight;
    private long firstSamples = -1;
    private double firstSeconds;
    private double shownAt = Double.NEGATIVE_INFINITY;
    private int drawnColumns;
    private boolean closed;
    private final Thread hook = new Thread(this::interrupted, "end-progress-line");

    /** @param folder of the run */
    ProgressLine(PrintStream err, Path folder) {
        this.err = err;
        this.folder = folder;
        this.draws = terminal();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void stepped(RunClock clock, double share, double loss) {
        lossSum = KEPT * lossSum + (1 - KEPT) * loss;
        lossWeight = KEPT * lossWeight + 1 - KEPT;
        if (firstSamples < 0) {
            firstSamples = clock.samples();
            firstSeconds = clock.seconds();
        }
        if (share == 1 || clock.seconds() - shownAt >= (draws ? DRAWN_SECONDS : PRINTED_SECONDS)) {
            shownAt = clock.seconds();
            show(clock, share);
        }
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
        if (draws && !closed) {
            err.println();
        }
        closed = true;
    }

    synchronized void interrupted() {
        if (!closed) {
            end();
            err.println("dllm4j train: interrupted; "
                    + (Checkpoint.isIn(folder)
                            ? "go on from the last checkpoint in " + folder + " with --resume"
                            : "there is no checkpoint yet, so start again"));
            err.flush();
        }
    }

    private synchronized void show(RunClock clock, double share) {
        double seconds = clock.seconds() - firstSeconds;
        String text = String.format(
                Locale.ROOT,
                "%3.0f %%, step %d, loss %.4f, %s samples/s, %s left",
                100 * share,
                clock.steps(),
                lossSum / lossWeight,
                seconds == 0 ? "-" : String.format(Locale.ROOT, "%.1f", (clock.samples() - firstSamples) / seconds),
                time(clock.seconds() * (1 - share) / share));
        if (draws && !closed) {
            draw(share, text);
        } else if (!closed) {
            err.println(text);
        }
    }

    /** Without escape sequences: what is left of a longer line before is overwritten with spaces. */
    private void draw(double share, String text) {
        String line = line(share, text, columns());
        err.print("\r" + line + " ".repeat(Math.max(0, drawnColumns - line.length())));
        err.flush();
        drawnColumns = line.length();
    }

    /** Narrower than the terminal, because a full line would move to the next: the bar shrinks, then goes; then words do. */
    static String line(double share, String text, int columns) {
        int room = Math.max(0, columns - 1);
        int bar = Math.min(WIDTH, room - 1 - text.length());
        if (bar < NARROWEST) {
            return text.substring(0, Math.min(room, text.length()));
        }
        int full = (int) (bar * share);
        return "\u2501".repeat(full) + "\u2500".repeat(bar - full) + " " + text;
    }

    /** Of the terminal, as of now; 80 where it does not say. */
    private static int columns() {
        try {
            Process process = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] size = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            return size.length == 2 && size[1].matches("[1-9][0-9]{0,3}") ? Integer.parseInt(size[1]) : USUAL_COLUMNS;
        } catch (IOException e) {
            return USUAL_COLUMNS;
        }
    }

    private static String time(double seconds) {
        long whole = Math.round(seconds);
        return whole / 60 + ":" + String.format(Locale.ROOT, "%02d", whole % 60);
    }

    /** Linux names what is behind a descriptor, and libtorch is here for Linux only. */
    private static boolean terminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
