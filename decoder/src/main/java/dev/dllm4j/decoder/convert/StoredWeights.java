package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The weights of a model as graphs use them.
 *
 * @param byPlace roles are absent that the model has not
 * @param file name of the external-data file
 */
record StoredWeights(ModelSpec spec, Map<WeightKey, Weight> byPlace, String file) {
    StoredWeights {
        byPlace = Map.copyOf(byPlace);
    }

    GraphBuilder graph(String name) {
        return new GraphBuilder(name, file);
    }

    boolean has(int layer, Role role) {
        return byPlace.containsKey(new WeightKey(layer, role));
    }

    Weight weight(int layer, Role role) {
        return weight(new WeightKey(layer, role));
    }

    /** A weight in a graph, as float32. */
    String in(GraphBuilder graph, int layer, Role role) {
        return in(graph, new WeightKey(layer, role));
    }

    /** The matrix product with a weight, and the biases that the model has. */
    String linear(GraphBuilder graph, String input, int layer, Role matrix, Role... bias) {
        String[] present = Stream.of(bias)
                .filter(role -> has(layer, role))
                .map(role -> in(graph, layer, role))
                .toArray(String[]::new);
        return graph.linear(input, in(graph, layer, matrix), present);
    }

    /** The rows normalised by a weight; as they are where the model has none. */
    String normIfPresent(GraphBuilder graph, String input, int layer, Role role) {
        return has(layer, role) ? graph.norm(spec.norm(), input, in(graph, layer, role)) : input;
    }

    /** The rows after a gated part of which a layer has one. */
    String gated(GraphBuilder graph, String input, int layer, Role gate, Role up, Role down) {
        return gated(graph, input, new WeightKey(layer, gate), new WeightKey(layer, up), new WeightKey(layer, down));
    }

    /** The rows after a gated part. */
    String gated(GraphBuilder graph, String input, WeightKey gate, WeightKey up, WeightKey down) {
        String opened = activated(graph, graph.linear(input, in(graph, gate)));
        String inner = graph.node("Mul", opened, graph.linear(input, in(graph, up)));
        return graph.linear(inner, in(graph, down));
    }

    String activated(GraphBuilder graph, String rows) {
        return switch (activation()) {
            case SILU -> graph.node("Mul", rows, graph.node("Sigmoid", rows));
            case GELU -> graph.gelu(rows);
        };
    }

    private Activation activation() {
        return spec.feedForward() instanceof FeedForward.Gated gated ? gated.activation() : Activation.SILU;
    }

    private String in(GraphBuilder graph, WeightKey key) {
        String name = key.role().name().toLowerCase(Locale.ROOT);
        return graph.weight(key.expert() == WeightKey.WHOLE_LAYER ? name : name + key.expert(), weight(key));
    }

    private Weight weight(WeightKey key) {
        Weight weight = byPlace.get(key);
        if (weight == null) {
            throw new IllegalStateException("no weight for " + key);
        }
        return weight;
    }
}
