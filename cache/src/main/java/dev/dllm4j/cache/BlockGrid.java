package dev.dllm4j.cache;

/**
 * Where the blocks of one canvas lie.
 *
 * @param length positions of a block
 * @param offset of the borders from multiples of the length, within [0, length); where it is above 0, the first block is
 *     the shorter one of so many positions
 */
public record BlockGrid(int length, int offset) {
    public BlockGrid {
        if (length < 1 || offset < 0 || offset >= length) {
            throw new IllegalArgumentException("block length is " + length + " and offset " + offset
                    + "; the length must be at least 1 and the offset within [0, length)");
        }
    }

    /** The first position of the block that holds a position. */
    public int start(int position) {
        return Math.max(0, position - Math.floorMod(position - offset, length));
    }

    /** Exclusive end of the block that holds a position; it may lie after the canvas's end. */
    public int end(int position) {
        return position - Math.floorMod(position - offset, length) + length;
    }
}
