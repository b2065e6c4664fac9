package dev.dllm4j.train;

import dev.dllm4j.train.run.RunClock;
import dev.dllm4j.train.run.TrainProgress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** How a run goes: a bar that is drawn anew on a terminal, a line now and then elsewhere. */
final class ProgressLine implements TrainProgress, AutoCloseable {
    private static final int WIDTH = 24;
    private static final double DRAWN_SECONDS = 0.2;
    private static final double PRINTED_SECONDS = 15;
    /** Losses of single batches are rough: what is shown is their mean, the last ones counting most. */
    private static final double KEPT = 0.98;

    private final PrintStream err;
    private final boolean draws;
    private double lossSum;
    private double lossWeight;
    private long firstSamples = -1;
    private double firstSeconds;
    private double shownAt = Double.NEGATIVE_INFINITY;

    ProgressLine(PrintStream err) {
        this.err = err;
        this.draws = terminal();
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
        if (draws) {
            err.println();
        }
    }

    private void show(RunClock clock, double share) {
        double seconds = clock.seconds() - firstSeconds;
        String text = String.format(
                Locale.ROOT,
                "%3.0f %%, step %d, loss %.4f, %s samples/s, %s left",
                100 * share,
                clock.steps(),
                lossSum / lossWeight,
                seconds == 0 ? "-" : String.format(Locale.ROOT, "%.1f", (clock.samples() - firstSamples) / seconds),
                time(clock.seconds() * (1 - share) / share));
        if (draws) {
            int full = (int) (WIDTH * share);
            err.print("\r\u001b[K" + "\u2501".repeat(full) + "\u2500".repeat(WIDTH - full) + " " + text);
            err.flush();
        } else {
            err.println(text);
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
