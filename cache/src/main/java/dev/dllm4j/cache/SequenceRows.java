package dev.dllm4j.cache;

import java.util.List;
import java.util.stream.IntStream;

/** Keys and values of every layer of one sequence, kept from one forward to the next. */
public final class SequenceRows {
    private final List<LayerRows> layers;

    /**
     * @param positions length of the sequence's canvas
     * @param width floats of one key row, and of one value row
     */
    public SequenceRows(int layers, int positions, int width) {
        this.layers = IntStream.range(0, layers)
                .mapToObj(layer -> new LayerRows(positions, width))
                .toList();
    }

    public LayerRows layer(int layer) {
        return layers.get(layer);
    }
}
