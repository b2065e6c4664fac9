package dev.dllm4j.decoder.onnx;

/**
 * Stretches of rows, alike in length, so that what one run computes for a stretch fits into a limit of memory. Rows of
 * attention and of the feed-forward part do not depend on each other, so the stretches change no bit; only one row by
 * itself would, by a matrix-vector kernel that sums in another order, and no stretch of several has less than four.
 *
 * @param rows of all stretches together
 */
record Tiles(int rows, int count) {
    /** Rows that the longest stretch may have whatever they take; half of it is the shortest that may come of that. */
    private static final int LEAST = 8;

    /**
     * @param bytesPerRow that a run holds for each of its rows
     * @param limit bytes that a run may hold, but for a few rows
     */
    static Tiles of(int rows, long bytesPerRow, long limit) {
        long most = Math.max(LEAST, limit / bytesPerRow);
        return new Tiles(rows, (int) ((rows + most - 1) / most));
    }

    int begin(int tile) {
        return (int) ((long) rows * tile / count);
    }

    int rows(int tile) {
        return begin(tile + 1) - begin(tile);
    }
}
