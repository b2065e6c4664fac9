package dev.dllm4j.cache;

/**
 * Which rows a forward computes, and which it takes as an earlier one left them. An immutable description that prints
 * as its SPEC; {@link #start} makes the short-lived object that plans the forwards of one sequence.
 */
public interface RefreshPolicy {
    /** What must be kept from one forward to the next. */
    Keeps keeps();

    /** Whether a sequence may start from another's rows of the prompt they have in common. */
    default boolean reusesPrefixes() {
        return false;
    }

    /**
     * Most forwards of a sequence that decode nothing.
     *
     * @param parts stretches that are filled one after the other
     * @param takenBack most commits that are taken back
     */
    default int emptyForwards(SequenceShape shape, int parts, int takenBack) {
        return 0;
    }

    /**
     * Refuses a model whose rows do not see what this policy relies on.
     *
     * @throws IllegalArgumentException with the remedy
     */
    default void requireFit(SequenceShape shape) {}

    /**
     * Starts a sequence.
     *
     * @throws IllegalArgumentException where the policy does not {@linkplain #requireFit fit} the model
     */
    Refresh start(SequenceShape shape);

    /** Kinds of rows kept, each set containing the one before. */
    enum Keeps {
        NOTHING,
        KEYS_AND_VALUES,
        /** Inputs, queries, keys and values. */
        EVERYTHING
    }

    /** Plans for one sequence, on one thread. */
    interface Refresh {
        /**
         * Plans the coming forward.
         *
         * @param plan cleared
         */
        void plan(Forward forward, RowPlan plan);

        /**
         * Whether one more forward is due although every position is final.
         *
         * @param stopped whether a stop rule has ended the text
         */
        default boolean owesForward(boolean stopped) {
            return false;
        }

        /**
         * Told that the canvas has taken in further positions.
         *
         * @return whether the plans go on; if not, the sequence is started again and nothing counts as kept
         */
        default boolean grown() {
            return false;
        }

        /**
         * Told that the planned forward was not made and that nothing is kept any more, as the next one is told.
         *
         * @return whether the plans go on; if not, the sequence is started again
         */
        default boolean withdrawn() {
            return false;
        }
    }
}
