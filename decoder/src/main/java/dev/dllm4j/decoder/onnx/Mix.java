package dev.dllm4j.decoder.onnx;

/** The part of a layer after attention, over some rows. */
interface Mix {
    /**
     * Computes the rows of {@code y}.
     *
     * @param x rows before the layer, {@code [rows, d]}
     * @param a rows of attention, {@code [rows, h·w]}
     */
    void run(Slab x, Slab a, Slab y, int from, int rows);
}
