package dev.dllm4j.decoder.convert;

/** A weight and what it is called in a graph. */
record NamedWeight(String name, Weight weight) {
    /** A part of it in a graph, as it is stored. */
    String part(GraphBuilder graph, int part) {
        return graph.stored(name, weight, part);
    }
}
