package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.FLOAT;
import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.INT64;

import ai.onnx.proto.OnnxMl;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.List;

/**
 * The graphs of a layer with experts: up to the router's scores, and from the experts' rows on. Between them Java chooses,
 * so that an expert has just the rows that chose it. Only for a model with experts.
 */
final class ExpertPieces {
    private final ModelSpec spec;
    private final StoredWeights weights;

    ExpertPieces(StoredWeights weights) {
        this.spec = weights.spec();
        this.weights = weights;
    }

    /** Attention's part of the layer, and what its experts are chosen by. */
    OnnxMl.ModelProto route(int layer) {
        GraphBuilder graph = weights.graph("route");
        String x = graph.input("x", FLOAT, "R", spec.hidden());
        String a = graph.input("a", FLOAT, "R", spec.queryWidth());
        String attended = graph.node("Add", x, weights.linear(graph, a, layer, Role.ATTENTION_OUT));
        String normed = weights.normIfPresent(graph, attended, layer, Role.FEED_FORWARD_NORM);
        graph.output("attended", attended, FLOAT, "R", spec.hidden());
        graph.output("normed", normed, FLOAT, "R", spec.hidden());
        graph.output(
                "scores",
                weights.linear(graph, normed, layer, Role.ROUTER),
                FLOAT,
                "R",
                experts().count());
        if (experts().router().biased()) {
            graph.output(
                    "bias",
                    weights.vector(graph, layer, Role.ROUTER_BIAS),
                    FLOAT,
                    experts().count());
        }
        return graph.build();
    }

    /**
     * The experts' products, each over the rows that chose it; summed row by row in the order of {@code places}, because a
     * reduction's order of summation could depend on how many rows there are.
     */
    OnnxMl.ModelProto experts(int layer) {
        GraphBuilder graph = weights.graph("experts");
        String attended = graph.input("attended", FLOAT, "R", spec.hidden());
        String normed = graph.input("normed", FLOAT, "R", spec.hidden());
        String rows = graph.input("rows", INT64, "P");
        String counts = graph.input("counts", INT64, experts().count());
        String places = graph.input("places", INT64, "R", experts().active());
        String shares = graph.input("weights", FLOAT, "R", experts().active());
        List<String> chosen =
                graph.split(graph.gather(normed, rows, 0), counts, experts().count());
        String all = graph.joined(weights.experts(graph, chosen, counts, layer));
        String sum = weighted(graph, all, places, shares, 0);
        for (int choice = 1; choice < experts().active(); choice++) {
            sum = graph.node("Add", sum, weighted(graph, all, places, shares, choice));
        }
        if (experts().sharedWidth() > 0) {
            String shared = weights.gated(graph, normed, layer, Role.SHARED_GATE, Role.SHARED_UP, Role.SHARED_DOWN);
            sum = graph.node("Add", sum, shared);
        }
        graph.output("y", graph.node("Add", attended, sum), FLOAT, "R", spec.hidden());
        return graph.build();
    }

    /** What each row has of one of its choices. */
    private static String weighted(GraphBuilder graph, String all, String places, String shares, int choice) {
        String place = graph.gather(places, graph.longScalar(choice), 1);
        String share = graph.gather(shares, graph.longs(choice), 1);
        return graph.node("Mul", graph.gather(all, place, 0), share);
    }

    private Experts experts() {
        return (Experts) spec.feedForward();
    }
}
