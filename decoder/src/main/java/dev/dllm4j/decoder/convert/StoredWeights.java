package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
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

    /** A vector in a graph, which is float32. */
    String vector(GraphBuilder graph, int layer, Role role) {
        return named(new WeightKey(layer, role)).part(graph, 0);
    }

    /** Rows of the embedding, by their ids. */
    String embedded(GraphBuilder graph, String ids) {
        NamedWeight table = named(WeightKey.outside(Role.EMBEDDING));
        return table.weight().type().matrix().rows(graph, table, ids);
    }

    /** The matrix product with a weight, and the biases that the model has. */
    String linear(GraphBuilder graph, String input, int layer, Role matrix, Role... bias) {
        String[] present = Stream.of(bias)
                .filter(role -> has(layer, role))
                .map(role -> vector(graph, layer, role))
                .toArray(String[]::new);
        NamedWeight named = named(new WeightKey(layer, matrix));
        return named.weight().type().matrix().product(graph, input, named, present);
    }

    /** The rows normalised by a weight; as they are where the model has none. */
    String normIfPresent(GraphBuilder graph, String input, int layer, Role role) {
        return has(layer, role) ? graph.norm(spec.norm(), input, vector(graph, layer, role)) : input;
    }

    /** The rows after a gated part of which a layer has one. */
    String gated(GraphBuilder graph, String input, int layer, Role gate, Role up, Role down) {
        String opened = activated(graph, linear(graph, input, layer, gate));
        String inner = graph.node("Mul", opened, linear(graph, input, layer, up));
        return linear(graph, inner, layer, down);
    }

    /**
     * Stretches of rows, each after the gated part of an expert.
     *
     * @param stretches one an expert
     * @param lengths of the stretches, an int64 vector of the graph
     */
    List<String> experts(GraphBuilder graph, List<String> stretches, String lengths, int layer) {
        List<String> gates = products(graph, stretches, lengths, layer, Role.EXPERT_GATE);
        List<String> ups = products(graph, stretches, lengths, layer, Role.EXPERT_UP);
        List<String> inner = IntStream.range(0, stretches.size())
                .mapToObj(expert -> graph.node("Mul", activated(graph, gates.get(expert)), ups.get(expert)))
                .toList();
        return products(graph, inner, lengths, layer, Role.EXPERT_DOWN);
    }

    private List<String> products(GraphBuilder graph, List<String> stretches, String lengths, int layer, Role role) {
        List<NamedWeight> matrices = IntStream.range(0, stretches.size())
                .mapToObj(expert -> named(new WeightKey(layer, role, expert)))
                .toList();
        return matrices.get(0).weight().type().matrix().products(graph, stretches, lengths, matrices);
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

    private NamedWeight named(WeightKey key) {
        String name = key.role().name().toLowerCase(Locale.ROOT);
        return new NamedWeight(key.expert() == WeightKey.WHOLE_LAYER ? name : name + key.expert(), weight(key));
    }

    private Weight weight(WeightKey key) {
        Weight weight = byPlace.get(key);
        if (weight == null) {
            throw new IllegalStateException("no weight for " + key);
        }
        return weight;
    }
}
