package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.FLOAT;
import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.FLOAT16;
import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.INT64;

import ai.onnx.proto.OnnxMl;
import dev.dllm4j.decoder.model.ModelSpec;

/** Those of the {@link Pieces} that attend, or serve it; they have no weights, and all layers share them. */
final class AttentionPieces {
    /** Smaller norms count as this one, as in PyTorch's cosine similarity. */
    private static final float LEAST_NORM = 1e-8f;

    private final ModelSpec spec;

    AttentionPieces(ModelSpec spec) {
        this.spec = spec;
    }

    OnnxMl.ModelProto attend() {
        GraphBuilder graph = graph("attend");
        attention(graph);
        return graph.build();
    }

    /** Attention of rows that do not see every key. */
    OnnxMl.ModelProto attendMasked() {
        GraphBuilder graph = graph("attend-masked");
        String bias = graph.input("bias", FLOAT, "R", "N");
        int perGroup = spec.heads() / spec.kvHeads();
        attention(graph, perGroup == 1 ? bias : graph.node("Tile", bias, graph.longs(perGroup, 1)));
        return graph.build();
    }

    /** Attention, and of the summed rows the attention that each key gets from all heads. */
    OnnxMl.ModelProto attendAndSum() {
        GraphBuilder graph = graph("attend-sum");
        columns(graph, byHead(graph, attention(graph)));
        return graph.build();
    }

    /**
     * As above, and of the compared rows the mean cosine of their attention and what {@code before} holds of it.
     *
     * @param axis of {@code [heads, rows, keys]} that the cosine is taken along
     */
    OnnxMl.ModelProto attendAndCompare(int axis) {
        GraphBuilder graph = graph("attend-compare");
        String attention = byHead(graph, attention(graph));
        columns(graph, attention);
        String now = graph.gather(attention, graph.input("compared", INT64, "T"), 1); // [h, T, N]
        String before = graph.input("before", FLOAT, spec.heads(), "T", "N");
        String product = graph.reduce("ReduceSum", graph.node("Mul", now, before), axis);
        String norms = graph.node("Mul", norm(graph, now, axis), norm(graph, before, axis));
        String mean = graph.reduce("ReduceMean", graph.node("Div", product, norms), 0, 1, 2);
        graph.output("similarity", graph.reshape(mean, 1), FLOAT, 1);
        return graph.build();
    }

    OnnxMl.ModelProto probe() {
        GraphBuilder graph = graph("probe");
        String q = graph.input("q", FLOAT, "T", spec.queryWidth());
        String k = graph.input("k", FLOAT, "N", spec.kvHeads(), spec.headWidth());
        graph.output("before", byHead(graph, weights(graph, q, k)), FLOAT, spec.heads(), "T", "N");
        return graph.build();
    }

    /** Keys or values that are kept as float16, as float32. */
    OnnxMl.ModelProto widen() {
        GraphBuilder graph = graph("widen");
        String rows = graph.input("rows", FLOAT16, "N", spec.kvHeads(), spec.headWidth());
        graph.output("widened", graph.toFloat(rows), FLOAT, "N", spec.kvHeads(), spec.headWidth());
        return graph.build();
    }

    /**
     * Adds attention with its inputs and output.
     *
     * @param bias added to the scores, {@code [perGroup·R, N]}, if any
     * @return its weights, {@code [groups, perGroup·R, N]}
     */
    private String attention(GraphBuilder graph, String... bias) {
        String q = graph.input("q", FLOAT, "R", spec.queryWidth());
        String k = graph.input("k", FLOAT, "N", spec.kvHeads(), spec.headWidth());
        String v = graph.input("v", FLOAT, "N", spec.kvHeads(), spec.headWidth());
        int groups = spec.kvHeads();
        int perGroup = spec.heads() / groups;
        int width = spec.headWidth();
        String attention = weights(graph, q, k, bias);
        String values = graph.transpose(v, 1, 0, 2); // [groups, N, w]
        String mixed = graph.node("MatMul", attention, values); // [groups, perGroup·R, w]
        String rows = graph.transpose(graph.reshape(mixed, groups, perGroup, -1, width), 2, 0, 1, 3);
        graph.output("a", graph.reshape(rows, -1, spec.queryWidth()), FLOAT, "R", spec.queryWidth());
        return attention;
    }

    /** Attention weights as {@code [h, R, N]}, which they are already where every query head has keys of its own. */
    private String byHead(GraphBuilder graph, String attention) {
        return spec.heads() == spec.kvHeads() ? attention : graph.byRowsOf(attention, spec.heads(), "q");
    }

    /**
     * Attention weights, {@code [groups, perGroup·rows, keys]}. Query heads of one key head are stacked as rows, so
     * grouped queries need no copies of keys.
     */
    private String weights(GraphBuilder graph, String q, String k, String... bias) {
        int groups = spec.kvHeads();
        int perGroup = spec.heads() / groups;
        int width = spec.headWidth();
        String queries =
                graph.transpose(graph.reshape(q, -1, groups, perGroup, width), 1, 2, 0, 3); // [groups, perGroup, R, w]
        String keys = graph.transpose(k, 1, 2, 0); // [groups, w, N]
        String scaled = graph.node("Mul", queries, graph.scalar((float) (1 / Math.sqrt(width))));
        String scores = graph.node("MatMul", graph.reshape(scaled, groups, -1, width), keys);
        return graph.softmax(bias.length == 0 ? scores : graph.node("Add", scores, bias[0]));
    }

    private void columns(GraphBuilder graph, String attention) {
        String rows = graph.gather(attention, graph.input("summed", INT64, "S"), 1); // [h, S, N]
        graph.output("columns", graph.reshape(graph.reduce("ReduceSum", rows, 0, 1), -1), FLOAT, "N");
    }

    /** Euclidean norms along an axis, none so small that a quotient by it overflows. */
    private static String norm(GraphBuilder graph, String rows, int axis) {
        return graph.node("Max", graph.reduce("ReduceL2", rows, axis), graph.scalar(LEAST_NORM));
    }

    private static GraphBuilder graph(String name) {
        return new GraphBuilder(name, Converter.WEIGHTS);
    }
}
