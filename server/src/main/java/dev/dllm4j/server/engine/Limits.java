package dev.dllm4j.server.engine;

import java.time.Duration;

/**
 * How much an engine takes on.
 *
 * @param active sequences that share a forward
 * @param queued sequences that may wait for a place among them
 * @param patience longest wait for a place
 * @param runtime longest stay there
 */
public record Limits(int active, int queued, Duration patience, Duration runtime) {
    public static final Limits DEFAULT = new Limits(8, 64, Duration.ofSeconds(30), Duration.ofMinutes(10));

    public Limits {
        if (active < 1) {
            throw new IllegalArgumentException("max active is " + active + "; at least 1 sequence must run");
        }
        if (queued < 0) {
            throw new IllegalArgumentException("max queued is " + queued + "; it must be 0 or above, 0 for no queue");
        }
        requirePositive("queue timeout", patience);
        requirePositive("request timeout", runtime);
    }

    private static void requirePositive(String name, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(
                    name + " is " + duration.toMillis() / 1e3 + " seconds; it must be above 0");
        }
    }
}
