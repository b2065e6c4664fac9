package dev.dllm4j.cache;

/** Told how much the rows that a forward computes again resemble what was kept of them. */
public interface RowWatch {
    /** The layer in which rows are measured. */
    int layer();

    /**
     * Told of each row computed in that layer.
     *
     * @param similarity cosine of the position's value row and the kept one
     */
    void recomputed(int position, float similarity);
}
