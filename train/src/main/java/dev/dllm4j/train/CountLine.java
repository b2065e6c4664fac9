package dev.dllm4j.train;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** How many of something are done, and how long the others take: a line now and then. */
final class CountLine {
    private static final long NANOS = 10_000_000_000L;

    private final PrintStream err;
    private final String what;
    private final int total;
    private final LongSupplier nanoTime;
    private final long startedAt;
    private long shownAt;

    /** @param what is counted, e.g. answers */
    CountLine(PrintStream err, String what, int total) {
        this(err, what, total, System::nanoTime);
    }

    CountLine(PrintStream err, String what, int total, LongSupplier nanoTime) {
        this.err = err;
        this.what = what;
        this.total = total;
        this.nanoTime = nanoTime;
        this.startedAt = nanoTime.getAsLong();
        this.shownAt = startedAt;
    }

    void done(int count) {
        long now = nanoTime.getAsLong();
        if (count == total) {
            err.println(count + " of " + total + " " + what);
        } else if (now - shownAt > NANOS) {
            shownAt = now;
            long seconds = (long) ((now - startedAt) / 1e9 * (total - count) / count);
            err.println(String.format(
                    Locale.ROOT,
                    "%d of %d %s, %d:%02d:%02d left",
                    count,
                    total,
                    what,
                    seconds / 3600,
                    seconds / 60 % 60,
                    seconds % 60));
        }
    }
}
