package dev.dllm4j.decoder.canvas;

import java.nio.FloatBuffer;

/** Reads whole rows of logits while a forward makes them, on the forward's thread. */
@FunctionalInterface
public interface RowConsumer {
    /**
     * Takes a row in. It is called once for every present slot, whose statistics are filled by then.
     *
     * @param logits raw scores, {@code [vocab]}, to be read by index; the memory is used again once the call returns
     */
    void row(int slot, FloatBuffer logits);
}
