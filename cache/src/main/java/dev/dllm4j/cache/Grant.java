package dev.dllm4j.cache;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How much of the cache's budget the JVM grants. Where it refuses, what it has granted is the limit for a while; then
 * the whole budget is tried again, since others may have given memory back. Each refusal in a row doubles the while,
 * because a JVM that refuses collects garbage first. Only touched under the cache's lock.
 */
final class Grant {
    static final long SHORTEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);
    static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(64);

    private final long budget;
    private final LongSupplier nanoTime;
    private long bytes;
    private long given;
    private long refusedAt;
    private long waitNanos = SHORTEST_WAIT_NANOS;

    /** @param nanoTime as {@link System#nanoTime} */
    Grant(long budget, LongSupplier nanoTime) {
        this.budget = budget;
        this.nanoTime = nanoTime;
        this.bytes = budget;
    }

    long bytes() {
        return bytes;
    }

    /** Limits the grant to what the JVM has given so far. */
    void refused(long givenBytes) {
        given = givenBytes;
        bytes = givenBytes;
        refusedAt = nanoTime.getAsLong();
    }

    /** Tries the whole budget again where a refusal is long enough ago; says whether the grant has changed. */
    boolean retry() {
        if (bytes == budget || nanoTime.getAsLong() - refusedAt < waitNanos) {
            return false;
        }
        bytes = budget;
        waitNanos = Math.min(2 * waitNanos, LONGEST_WAIT_NANOS);
        return true;
    }

    /** The JVM has given so much in all, and refused none of it; where that is much more than before, it may refuse again. */
    void given(long givenBytes) {
        if (givenBytes - given > budget / 8) {
            waitNanos = SHORTEST_WAIT_NANOS;
        }
    }
}
