package dev.dllm4j.train;

import java.io.PrintStream;

/** How many of something are done: a line now and then. */
final class CountLine {
    private static final long NANOS = 10_000_000_000L;

    private final PrintStream err;
    private final String what;
    private final int total;
    private long shownAt = System.nanoTime();

    /** @param what is counted, e.g. answers */
    CountLine(PrintStream err, String what, int total) {
        this.err = err;
        this.what = what;
        this.total = total;
    }

    void done(int count) {
        if (count == total || System.nanoTime() - shownAt > NANOS) {
            shownAt = System.nanoTime();
            err.println(count + " of " + total + " " + what);
        }
    }
}
