package dev.dllm4j.server.testing;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Times in steps of 0.1 ms, those above a minute as a minute; takes the same memory for any number. Thread-safe. */
public final class Latencies {
    private static final long STEP_NANOS = 100_000;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(600_000);
    private final AtomicLong count = new AtomicLong();

    public void add(long nanos) {
        counts.incrementAndGet((int) Math.min(counts.length() - 1, nanos / STEP_NANOS));
        count.incrementAndGet();
    }

    public long count() {
        return count.get();
    }

    /** The least time, in milliseconds, that so large a share of them does not exceed; 0 where there are none. */
    public double quantile(double share) {
        long wanted = (long) Math.ceil(share * count.get());
        long seen = 0;
        for (int step = 0; step < counts.length(); step++) {
            seen += counts.get(step);
            if (seen >= wanted && seen > 0) {
                return (step + 1) * STEP_NANOS / 1e6;
            }
        }
        return 0;
    }
}
