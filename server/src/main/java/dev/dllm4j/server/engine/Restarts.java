package dev.dllm4j.server.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Whether one that failed may begin anew: a few times within a while, so that it does not fail for ever. One thread. */
final class Restarts {
    /** In one {@link #WHILE}. */
    static final int MOST = 5;

    static final Duration WHILE = Duration.ofMinutes(1);

    private final Deque<Long> granted = new ArrayDeque<>();

    /** @param nanos the time, of any origin */
    boolean grant(long nanos) {
        while (!granted.isEmpty() && nanos - granted.getFirst() > WHILE.toNanos()) {
            granted.removeFirst();
        }
        if (granted.size() == MOST) {
            return false;
        }
        granted.addLast(nanos);
        return true;
    }
}
