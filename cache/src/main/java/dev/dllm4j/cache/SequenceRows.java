package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** What is kept of every layer of one sequence from one forward to the next. */
public final class SequenceRows {
    private final List<LayerRows> layers;

    /**
     * Keys and values alone.
     *
     * @param positions length of the sequence's canvas
     * @param width floats of one key row, and of one value row
     */
    public SequenceRows(int layers, int positions, int width) {
        this(layers, positions, RowWidths.keysAndValues(width));
    }

    /** @param positions length of the sequence's canvas */
    public SequenceRows(int layers, int positions, RowWidths widths) {
        this.layers = IntStream.range(0, layers)
                .mapToObj(layer -> new LayerRows(positions, widths, LayerRows.allocate(positions, widths)))
                .toList();
    }

    /** @param memory one buffer a layer */
    SequenceRows(List<ByteBuffer> memory, int positions, RowWidths widths) {
        this.layers = memory.stream()
                .map(buffer -> new LayerRows(positions, widths, buffer))
                .toList();
    }

    public LayerRows layer(int layer) {
        return layers.get(layer);
    }

    /** Overwrites the first positions of every layer with those of rows of the same widths. */
    void copyFirst(SequenceRows source, int positions) {
        for (int layer = 0; layer < layers.size(); layer++) {
            layers.get(layer).copyFirst(source.layers.get(layer), positions);
        }
    }
}
