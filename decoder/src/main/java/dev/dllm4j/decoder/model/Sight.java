package dev.dllm4j.decoder.model;

import dev.dllm4j.cache.BlockGrid;
import java.util.Locale;

/** Which keys the rows of a forward see. Attention asks it for each layer; nobody else tells families apart by it. */
public sealed interface Sight {
    /** What lengths of a file may be at most: more than any canvas has positions, and sums of two stay numbers. */
    int MOST_LENGTH = 1 << 24;

    /** Whether rows that attend in one run may see different keys. */
    default boolean masks() {
        return true;
    }

    /** Every row sees every key. */
    record Everything() implements Sight {
        @Override
        public boolean masks() {
            return false;
        }

        @Override
        public String toString() {
            return "everything";
        }
    }

    /**
     * A row sees the keys of its own block and of those before it: key {@code j} where block(j) is at most block(i).
     *
     * @param length positions of a block
     */
    record BlockCausal(int length, Origin origin) implements Sight {
        public BlockCausal {
            if (length < 1 || length > MOST_LENGTH) {
                throw new IllegalArgumentException(
                        "block length is " + length + "; it must be within [1, " + MOST_LENGTH + "], e.g. 4 or 32");
            }
        }

        /** Where the blocks of a canvas lie. */
        public BlockGrid grid(int promptLength) {
            return new BlockGrid(length, origin == Origin.START ? 0 : promptLength % length);
        }

        @Override
        public String toString() {
            return "blocks of " + length + " from the " + origin.name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Some layers see everything, the others only what is near.
     *
     * @param reach positions that a local row sees to either side, itself besides
     * @param globalEvery the layers whose 0-based number is a multiple of it see everything
     */
    record Alternating(int reach, int globalEvery) implements Sight {
        public Alternating {
            if (reach < 0 || reach > MOST_LENGTH) {
                throw new IllegalArgumentException(
                        "reach is " + reach + "; it must be within [0, " + MOST_LENGTH + "], e.g. 64");
            }
            if (globalEvery < 1) {
                throw new IllegalArgumentException("globalEvery is " + globalEvery
                        + "; it must be at least 1, which lets every layer see everything");
            }
        }

        /** Whether the rows of a layer see only what is near. */
        public boolean local(int layer) {
            return layer % globalEvery != 0;
        }

        @Override
        public String toString() {
            return "everything in one layer of " + globalEvery + ", else " + reach + " positions to either side";
        }
    }

    /** Where blocks are counted from. */
    enum Origin {
        /** The canvas's first position: the end of a prompt may share a block with the first masks. */
        START,
        /** The end of the prompt, to both sides: the prompt's first block may be shorter. */
        ANSWER
    }
}
