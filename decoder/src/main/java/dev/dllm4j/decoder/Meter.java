package dev.dllm4j.decoder;

import dev.dllm4j.cache.RowPlan;
import java.util.stream.IntStream;

/** Counts what one decoding costs. A forward is begun, asked for, answered, counted and decided, in this order. */
final class Meter {
    private final int layers;
    /** Times that each row runs through the model: twice under guidance. */
    private final int runs;

    private int forwards;
    /** Rows computed, summed over the layers. */
    private long layerRows;

    private final int[] refreshes;
    private int prefixRows;
    private int prefixRefusals;
    private long rowsFull;
    private long modelNanos;
    private long selectNanos;
    private long startedAt;
    private long begunAt;
    private long askedAt;
    private long answeredAt;
    private long endedAt;

    /** @param guided whether a second canvas runs beside the sequence's own */
    Meter(int layers, boolean guided) {
        this.layers = layers;
        this.runs = guided ? 2 : 1;
        this.refreshes = new int[layers];
    }

    void begin() {
        begunAt = System.nanoTime();
        if (forwards == 0) {
            startedAt = begunAt;
        }
    }

    void asked() {
        askedAt = System.nanoTime();
        selectNanos += askedAt - begunAt;
    }

    /** The nanoseconds that the forward took. */
    long answered() {
        answeredAt = System.nanoTime();
        modelNanos += answeredAt - askedAt;
        return answeredAt - askedAt;
    }

    /**
     * Adds a forward.
     *
     * @param plan as the forward went
     * @param length positions of the canvas
     * @param refused whether the forward ended early, because borrowed rows did not hold
     */
    void count(RowPlan plan, int length, boolean refused) {
        forwards++;
        rowsFull += (long) runs * length;
        if (refused) {
            prefixRefusals++;
            layerRows += (long) plan.refreshFrom() * plan.rows().size();
            return;
        }
        prefixRows += plan.borrowed();
        int refreshed = layers - Math.min(plan.refreshFrom(), layers);
        for (int layer = layers - refreshed; layer < layers; layer++) {
            refreshes[layer]++;
        }
        long rows = (long) (layers - refreshed) * plan.rows().size() + (long) refreshed * length;
        layerRows += runs * rows;
    }

    void decided() {
        endedAt = System.nanoTime();
        selectNanos += endedAt - answeredAt;
    }

    /** Forwards counted. */
    int forwards() {
        return forwards;
    }

    Work work() {
        return new Work(
                forwards,
                (layerRows + layers / 2) / layers,
                rowsFull,
                IntStream.of(refreshes).boxed().toList(),
                prefixRows,
                prefixRefusals,
                modelNanos,
                selectNanos,
                endedAt - startedAt);
    }
}
