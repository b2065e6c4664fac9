package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.canvas.RowConsumer;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/** Keeps copies of the rows of a forward, by slot. */
public final class WholeRows implements RowConsumer {
    private final Map<Integer, float[]> rows = new HashMap<>();

    @Override
    public void row(int slot, FloatBuffer logits) {
        float[] row = new float[logits.remaining()];
        logits.get(0, row);
        if (rows.put(slot, row) != null) {
            throw new IllegalStateException("slot " + slot + " has a second row");
        }
    }

    /** Slots whose rows were given. */
    public int size() {
        return rows.size();
    }

    public float logit(int slot, int token) {
        float[] row = rows.get(slot);
        if (row == null) {
            throw new IllegalStateException("slot " + slot + " has no row");
        }
        return row[token];
    }
}
