package dev.dllm4j.cache;

import java.util.function.IntPredicate;

/**
 * What a policy may know of the forward it plans.
 *
 * @param length positions of the canvas
 * @param promptLength positions of the prompt, which lies before all others
 * @param partStart first position of the stretch that is being filled; before the prompt's end where a stretch counted
 *     from the canvas's start holds the end of the prompt
 * @param partEnd after its last position
 * @param masked whether a position is still to be decoded
 * @param heldFrom where tokens begin that may still be edited although they are decoded; the canvas's length where
 *     every decoded token is final
 * @param wanted rows whose output the strategy needs, leftmost first
 * @param changed positions whose token is not what it was at the last forward, leftmost first
 * @param borrowed leading positions whose kept rows are those of another sequence that began alike; 0 but in a
 *     sequence's first forward
 * @param lost whether the kept rows are gone: every row must be computed again
 */
public record Forward(
        int length,
        int promptLength,
        int partStart,
        int partEnd,
        IntPredicate masked,
        int heldFrom,
        Positions wanted,
        Positions changed,
        int borrowed,
        boolean lost) {
    /** The first position that is not final; the canvas's length where there is none. */
    public int firstOpen() {
        int open = promptLength;
        while (open < Math.min(length, heldFrom) && !masked.test(open)) {
            open++;
        }
        return open;
    }
}
