package dev.dllm4j.cache;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for room. A sequence that was refused several times in a row begins to wait; what becomes free is then held
 * for it until it fits, is closed, or is taken to have stopped. Only touched under the cache's lock.
 */
final class Turns {
    /** Refusals in a row after which a sequence takes another's place. */
    private static final int PATIENCE = 8;
    /** Refusals of others since its last forward after which a waiting sequence is taken to have stopped. */
    private static final int CLAIM = 64;

    private final Set<Turn> waiting = new LinkedHashSet<>();

    /** One sequence's. */
    static final class Turn {
        private final long bytes;
        private int refusals;
        private int heldBack;

        Turn(long bytes) {
            this.bytes = bytes;
        }

        /** Another forward begins, with kept rows or without. */
        void forward() {
            heldBack = 0;
        }
    }

    /** Begins to wait, if it was refused often enough; says whether it waits. */
    boolean waits(Turn turn) {
        if (turn.refusals >= PATIENCE) {
            waiting.add(turn);
        }
        return waiting.contains(turn);
    }

    /** Whether anybody waits. */
    boolean waiting() {
        return !waiting.isEmpty();
    }

    /** Bytes held for sequences that began to wait before; for all that wait where it is none of them. */
    long heldBefore(@Nullable Turn turn) {
        return waiting.stream()
                .takeWhile(other -> other != turn)
                .mapToLong(other -> other.bytes)
                .sum();
    }

    /** One was refused because of those that wait. */
    void heldBack() {
        Turn first = waiting.iterator().next();
        if (++first.heldBack > CLAIM) {
            waiting.remove(first);
        }
    }

    void refused(Turn turn) {
        turn.refusals++;
    }

    void admitted(Turn turn) {
        waiting.remove(turn);
        turn.refusals = 0;
    }

    void leave(Turn turn) {
        waiting.remove(turn);
    }
}
