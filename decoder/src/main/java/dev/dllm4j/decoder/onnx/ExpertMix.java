package dev.dllm4j.decoder.onnx;

import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Map;
import java.util.Set;

/**
 * A layer whose rows choose experts.
 *
 * @param route up to the router's scores
 * @param experts from the sorted rows on
 * @param rows what lies between the two, shared by all layers
 */
record ExpertMix(Piece route, Piece experts, ExpertRows rows) implements Mix {
    static final Set<String> ROUTE_INPUTS = Set.of("x", "a");
    static final Set<String> EXPERTS_INPUTS = Set.of("attended", "normed", "rows", "counts", "places", "weights");

    @Override
    public void run(Slab x, Slab a, Slab y, int from, int count) {
        rows.reserve(count);
        route.run(Map.of("x", x.tensor(from, count), "a", a.tensor(from, count)), rows.routed(count));
        rows.choose(count);
        experts.run(rows.chosen(count), Map.of("y", y.tensor(from, count)));
    }

    /** Compares the sizes in the graphs with the model's numbers. */
    void require(ModelSpec spec) {
        Experts numbers = rows.experts();
        long hidden = spec.hidden();
        route.requireInput("x", GraphShapes.ANY, hidden);
        route.requireInput("a", GraphShapes.ANY, spec.queryWidth());
        route.requireOutput("attended", GraphShapes.ANY, hidden);
        route.requireOutput("normed", GraphShapes.ANY, hidden);
        route.requireOutput("scores", GraphShapes.ANY, numbers.count());
        if (numbers.router().biased()) {
            route.requireOutput("bias", numbers.count());
        }
        experts.requireInput("attended", GraphShapes.ANY, hidden);
        experts.requireInput("normed", GraphShapes.ANY, hidden);
        experts.requireInput("counts", numbers.count());
        experts.requireInput("places", GraphShapes.ANY, numbers.active());
        experts.requireInput("weights", GraphShapes.ANY, numbers.active());
        experts.requireOutput("y", GraphShapes.ANY, hidden);
    }
}
