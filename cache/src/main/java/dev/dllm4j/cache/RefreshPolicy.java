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
     */
    default int emptyForwards(int parts) {
        return 0;
    }

    /**
     * Starts a sequence.
     *
     * @param layers of the model
     * @param shifted whether row p predicts position p + 1
     */
    Refresh start(int layers, boolean shifted);

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

        /** Whether one more forward is due although every mask is decoded. */
        default boolean owesForward() {
            return false;
        }
    }
}
