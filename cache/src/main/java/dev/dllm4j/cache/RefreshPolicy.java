package dev.dllm4j.cache;

/**
 * Which rows of a sequence a forward computes. An immutable description; {@link #start} makes the short-lived object
 * that plans the forwards of one sequence.
 */
public interface RefreshPolicy {
    Refresh start();

    /** Plans for one sequence, on one thread. */
    interface Refresh {
        /**
         * Adds the positions whose rows the coming forward computes.
         *
         * @param length positions of the canvas
         * @param rows empty
         */
        void plan(int length, Positions rows);
    }
}
