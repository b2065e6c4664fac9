package dev.dllm4j.decoder;

import java.util.List;

/**
 * What a decoding has cost so far.
 *
 * @param forwards passes through the model that had rows of this sequence
 * @param rowsComputed rows that went through the layers; one that went through some of them counts as that share, and
 *     guidance counts twice
 * @param rowsFull rows that would have gone through, had every forward computed the whole canvas
 * @param refreshes for each layer, the forwards in which it computed every row
 * @param prefixRows positions of the prompt whose rows the first forward took from an earlier request
 * @param prefixRefusals forwards that began so and ended early, because those rows had drifted
 * @param modelNanos wall time of the forwards; in a batch, of the forwards it shared
 * @param selectNanos time of window, sampling, strategy and stop rule
 * @param totalNanos time from the first step's begin to the last step's end
 */
public record Work(
        int forwards,
        long rowsComputed,
        long rowsFull,
        List<Integer> refreshes,
        int prefixRows,
        int prefixRefusals,
        long modelNanos,
        long selectNanos,
        long totalNanos) {
    public Work {
        refreshes = List.copyOf(refreshes);
    }

    /** Layers that computed every row, summed over the forwards. */
    public long layersRefreshed() {
        return refreshes.stream().mapToLong(Integer::longValue).sum();
    }

    /** For each layer, the share of forwards in which it computed every row; 0 before the first. */
    public List<Double> refreshShares() {
        return refreshes.stream()
                .map(count -> forwards == 0 ? 0 : count / (double) forwards)
                .toList();
    }
}
