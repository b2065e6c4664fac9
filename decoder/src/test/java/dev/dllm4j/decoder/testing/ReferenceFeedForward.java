package dev.dllm4j.decoder.testing;

/** The part of a layer after attention. */
@FunctionalInterface
interface ReferenceFeedForward {
    /** What a layer adds to a row. */
    double[] of(int layer, double[] normed);

    /** One gated part a layer. */
    static ReferenceFeedForward gated(ReferenceWeights weights) {
        return (layer, normed) -> ReferenceMath.gated(
                weights.layer(layer, "ff_proj", "mlp.gate_proj"),
                weights.layer(layer, "up_proj", "mlp.up_proj"),
                weights.layer(layer, "ff_out", "mlp.down_proj"),
                normed);
    }
}
