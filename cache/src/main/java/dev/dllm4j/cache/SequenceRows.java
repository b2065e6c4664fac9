package dev.dllm4j.cache;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** What is kept of every layer of one sequence from one forward to the next. */
public final class SequenceRows {
    private final RowType type;
    private final List<LayerRows> layers;

    /**
     * Keys and values alone, in float32.
     *
     * @param positions length of the sequence's canvas
     * @param width floats of one key row, and of one value row
     */
    public SequenceRows(int layers, int positions, int width) {
        this(layers, positions, RowWidths.keysAndValues(width));
    }

    /** @param positions length of the sequence's canvas */
    public SequenceRows(int layers, int positions, RowWidths widths) {
        this.type = widths.type();
        this.layers = IntStream.range(0, layers)
                .mapToObj(layer -> new LayerRows(positions, widths, LayerRows.allocate(positions, widths)))
                .toList();
    }

    /** @param memory one buffer a layer */
    SequenceRows(List<ByteBuffer> memory, int positions, RowWidths widths) {
        this.type = widths.type();
        this.layers = memory.stream()
                .map(buffer -> new LayerRows(positions, widths, buffer))
                .toList();
    }

    /** As what the rows are kept. */
    public RowType type() {
        return type;
    }

    public LayerRows layer(int layer) {
        return layers.get(layer);
    }

    /** Overwrites the first positions of every layer with those of rows of the same widths and type. */
    void copyFirst(SequenceRows source, int positions) {
        for (int layer = 0; layer < layers.size(); layer++) {
            layers.get(layer).copyFirst(source.layers.get(layer), positions);
        }
    }
}
