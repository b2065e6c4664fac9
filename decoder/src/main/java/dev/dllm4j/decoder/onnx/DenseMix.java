package dev.dllm4j.decoder.onnx;

import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Map;
import java.util.Set;

/** A layer whose rows all run through one gated part. */
record DenseMix(Piece piece) implements Mix {
    static final Set<String> INPUTS = Set.of("x", "a");

    @Override
    public void run(Slab x, Slab a, Slab y, int from, int rows) {
        piece.run(Map.of("x", x.tensor(from, rows), "a", a.tensor(from, rows)), Map.of("y", y.tensor(from, rows)));
    }

    /** Compares the sizes in the graph with the model's numbers. */
    void require(ModelSpec spec) {
        piece.requireInput("x", GraphShapes.ANY, spec.hidden());
        piece.requireInput("a", GraphShapes.ANY, spec.queryWidth());
        piece.requireOutput("y", GraphShapes.ANY, spec.hidden());
    }
}
