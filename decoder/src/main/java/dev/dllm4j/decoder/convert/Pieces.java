package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.FLOAT;
import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.INT64;

import ai.onnx.proto.OnnxMl;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The ONNX graphs of a model folder: the transformer cut where Java wants a word, so that rows of several sequences
 * share one matrix product and attention stays each sequence's own.
 *
 * <pre>
 * embed            ids[R]                             → x[R,d]
 * project (layer)  x[R,d], cosines[R,w/2], sines[R,w/2] → q[R,h·w], k[R,kv,w], v[R,kv,w], q and k rotated
 * attend           q[R,h·w], K[N,kv,w], V[N,kv,w]     → a[R,h·w]
 * attend-masked    q, K, V, bias[R,N]                 → a[R,h·w]; where rows do not see every key
 * attend-sum       q, K, V, summed[S]                 → a[R,h·w], columns[N]
 * attend-compare   q, K, V, before[h,T,N], compared[T], summed[S]
 *                  → a[R,h·w], similarity[1], columns[N]; along heads, and along keys
 * probe            q[T,h·w], K[N,kv,w]                → before[h,T,N]
 * widen            rows[N,kv,w] in float16            → widened[N,kv,w]; keys or values that are kept so
 * mix (layer)      x[R,d], a[R,h·w]                   → x'[R,d]
 * route (layer)    x[R,d], a[R,h·w]                   → attended[R,d], normed[R,d], scores[R,E], bias[E]
 * experts (layer)  attended[R,d], normed[R,d], rows[P], counts[E], places[R,k], weights[R,k] → x'[R,d]
 * head             x[M,d], base[M,d], scale[M,1], bias[V], ineligible[V], candidates[M,C]
 *                  → ids[M,2], powers e^(l−max)[M,2] of the best two; max, Σ e^(l−max), Σ e^(l−max)·(l−max) [M]
 * logits           x[M,d], base[M,d], scale[M,1], bias[V]                                 → logits[M,V]
 * </pre>
 *
 * <p>A layer has mix, or route and experts.
 *
 * <p>What a layer and the head are made of, the weights say: a norm, a bias or a transform that has no weight adds no
 * node. The rotated width is {@code w} unless a model rotates a part of each head.
 *
 * <p>The heads guide by {@code base + scale·(x − base)} on the rows that the output matrix takes, which carries it over to
 * the logits, whose bias is then added once; without guidance {@code base} is {@code x} and the sum is exact.
 *
 * <p>Keys and values come and go by head: ONNX Runtime reads them in place as they are kept, but copies an input that a
 * graph reshapes.
 */
final class Pieces {
    /** Floats of the widest vector register; rows of whole vectors are summed alike wherever they lie. */
    private static final int VECTOR_FLOATS = 16;

    private final ModelSpec spec;
    private final StoredWeights weights;

    private Pieces(StoredWeights weights) {
        this.spec = weights.spec();
        this.weights = weights;
    }

    /**
     * Writes every graph of the model.
     *
     * @param folder where the weights' file lies
     */
    static void write(Path folder, StoredWeights weights) throws IOException {
        ModelSpec spec = weights.spec();
        Pieces pieces = new Pieces(weights);
        ExpertPieces experts = new ExpertPieces(weights);
        save(folder.resolve(PieceNames.EMBED), pieces.embed());
        AttentionPieces attention = new AttentionPieces(spec);
        save(folder.resolve(PieceNames.ATTEND), attention.attend());
        if (spec.sight().masks()) {
            writeMasked(folder, spec);
        }
        save(folder.resolve(PieceNames.ATTEND_SUM), attention.attendAndSum());
        save(folder.resolve(PieceNames.ATTEND_COMPARE_HEADS), attention.attendAndCompare(0));
        save(folder.resolve(PieceNames.ATTEND_COMPARE_KEYS), attention.attendAndCompare(2));
        save(folder.resolve(PieceNames.PROBE), attention.probe());
        save(folder.resolve(PieceNames.WIDEN), attention.widen());
        save(folder.resolve(PieceNames.HEAD), pieces.head());
        save(folder.resolve(PieceNames.LOGITS), pieces.logits());
        for (int layer = 0; layer < spec.layers(); layer++) {
            save(folder.resolve(PieceNames.project(layer)), pieces.project(layer));
            if (spec.feedForward().routes(layer)) {
                save(folder.resolve(PieceNames.route(layer)), experts.route(layer));
                save(folder.resolve(PieceNames.experts(layer)), experts.experts(layer));
            } else {
                save(folder.resolve(PieceNames.mix(layer)), pieces.mix(layer));
            }
        }
    }

    /** Writes the graph that only models have whose rows do not see every key; it has no weights. */
    static void writeMasked(Path folder, ModelSpec spec) throws IOException {
        save(folder.resolve(PieceNames.ATTEND_MASKED), new AttentionPieces(spec).attendMasked());
    }

    private OnnxMl.ModelProto embed() {
        GraphBuilder graph = weights.graph("embed");
        String ids = graph.input("ids", INT64, "R");
        graph.output(
                "x",
                weights.normIfPresent(graph, weights.embedded(graph, ids), WeightKey.OUTSIDE, Role.EMBEDDING_NORM),
                FLOAT,
                "R",
                spec.hidden());
        return graph.build();
    }

    private OnnxMl.ModelProto project(int layer) {
        GraphBuilder graph = weights.graph("project");
        String x = graph.input("x", FLOAT, "R", spec.hidden());
        String cosines = graph.input("cosines", FLOAT, "R", half());
        String sines = graph.input("sines", FLOAT, "R", half());
        String normed = weights.normIfPresent(graph, x, layer, Role.ATTENTION_NORM);
        String q = normHeads(
                graph,
                weights.linear(graph, normed, layer, Role.QUERY, Role.QUERY_BIAS),
                spec.heads(),
                layer,
                Role.QUERY_NORM);
        String k = normHeads(
                graph,
                weights.linear(graph, normed, layer, Role.KEY, Role.KEY_BIAS),
                spec.kvHeads(),
                layer,
                Role.KEY_NORM);
        q = rotate(graph, clipped(graph, q), spec.heads(), cosines, sines);
        k = rotate(graph, clipped(graph, k), spec.kvHeads(), cosines, sines);
        graph.output("q", graph.reshape(q, -1, spec.queryWidth()), FLOAT, "R", spec.queryWidth());
        keyed(graph, "k", k);
        keyed(graph, "v", clipped(graph, weights.linear(graph, normed, layer, Role.VALUE, Role.VALUE_BIAS)));
        return graph.build();
    }

    /** Gives out rows by key head. */
    private void keyed(GraphBuilder graph, String name, String rows) {
        int heads = spec.kvHeads();
        int width = spec.headWidth();
        graph.output(name, graph.reshape(rows, -1, heads, width), FLOAT, "R", heads, width);
    }

    private OnnxMl.ModelProto mix(int layer) {
        GraphBuilder graph = weights.graph("mix");
        String x = graph.input("x", FLOAT, "R", spec.hidden());
        String a = graph.input("a", FLOAT, "R", spec.queryWidth());
        String attended = graph.node("Add", x, weights.linear(graph, a, layer, Role.ATTENTION_OUT));
        String normed = weights.normIfPresent(graph, attended, layer, Role.FEED_FORWARD_NORM);
        String gated = weights.gated(graph, normed, layer, Role.GATE, Role.UP, Role.DOWN);
        graph.output("y", graph.node("Add", attended, gated), FLOAT, "R", spec.hidden());
        return graph.build();
    }

    /**
     * Statistics of the guided logits l; what {@code ineligible} adds keeps a token in the sums, only not the best.
     *
     * <p>Two properties are held by the choice of operators. A row's numbers do not depend on where in the batch it
     * stands: rows are padded to whole vectors, and logarithms and quotients of the few numbers a row are left to Java,
     * because over a whole tensor they round differently at its end. And a confidence rounds as in PyTorch's float32
     * softmax, whose sum runs in eight lanes: near 1, where predictions tie within a float's last bit, this decides
     * the order of commits.
     */
    private OnnxMl.ModelProto head() {
        GraphBuilder graph = weights.graph("head");
        String logits = guidedLogits(graph);
        String ineligible = graph.input("ineligible", FLOAT, spec.vocabulary());
        String candidates = graph.input("candidates", INT64, "M", "C");
        String ids = graph.topTwo(graph.node("Add", logits, ineligible));
        String padded = graph.padRows(logits, spec.vocabulary(), VECTOR_FLOATS, ModelSpec.FORBIDDEN);
        String max = graph.reduce("ReduceMax", padded);
        String below = graph.node("Sub", padded, max);
        String powers = graph.node("Exp", below);
        graph.output("ids", ids, INT64, "M", 2);
        graph.output("powers", graph.gatherElements(powers, ids), FLOAT, "M", 2);
        graph.output("max", graph.reshape(max, -1), FLOAT, "M");
        graph.output("sum", graph.reshape(graph.reduce("ReduceSum", powers), -1), FLOAT, "M");
        String weighted = graph.node("Mul", powers, below);
        graph.output("weighted_sum", graph.reshape(graph.reduce("ReduceSum", weighted), -1), FLOAT, "M");
        graph.output("candidate_logits", graph.gatherElements(logits, candidates), FLOAT, "M", "C");
        return graph.build();
    }

    private OnnxMl.ModelProto logits() {
        GraphBuilder graph = weights.graph("logits");
        graph.output("logits", guidedLogits(graph), FLOAT, "M", spec.vocabulary());
        return graph.build();
    }

    private String guidedLogits(GraphBuilder graph) {
        String x = graph.input("x", FLOAT, "M", spec.hidden());
        String base = graph.input("base", FLOAT, "M", spec.hidden());
        String scale = graph.input("scale", FLOAT, "M", 1);
        String bias = graph.input("bias", FLOAT, spec.vocabulary());
        String plain = headRows(graph, base);
        String away = graph.node("Sub", headRows(graph, x), plain);
        String guided = graph.node("Add", plain, graph.node("Mul", scale, away));
        return graph.node("Add", weights.linear(graph, guided, WeightKey.OUTSIDE, Role.HEAD, Role.HEAD_BIAS), bias);
    }

    /** The rows that the output matrix takes. */
    private String headRows(GraphBuilder graph, String x) {
        String rows = weights.normIfPresent(graph, x, WeightKey.OUTSIDE, Role.FINAL_NORM);
        if (weights.has(WeightKey.OUTSIDE, Role.HEAD_TRANSFORM)) {
            rows = weights.activated(graph, weights.linear(graph, rows, WeightKey.OUTSIDE, Role.HEAD_TRANSFORM));
        }
        return weights.normIfPresent(graph, rows, WeightKey.OUTSIDE, Role.HEAD_NORM);
    }

    /** Each head normalised by the one weight of all; {@code [R, heads·w]} before and after. */
    private String normHeads(GraphBuilder graph, String rows, int heads, int layer, Role role) {
        if (!weights.has(layer, role)) {
            return rows;
        }
        int width = spec.headWidth();
        String normed = weights.normIfPresent(graph, graph.reshape(rows, -1, heads, width), layer, role);
        return graph.reshape(normed, -1, (long) heads * width);
    }

    private String clipped(GraphBuilder graph, String rows) {
        return spec.clip() == 0 ? rows : graph.clip(rows, (float) spec.clip());
    }

    private String rotate(GraphBuilder graph, String rows, int heads, String cosines, String sines) {
        String sequence = graph.node("Unsqueeze", rows, graph.longs(0));
        return graph.rotate(sequence, heads, spec.headWidth(), spec.rotary().width(), cosines, sines);
    }

    private int half() {
        return spec.rotary().width() / 2;
    }

    private static void save(Path file, OnnxMl.ModelProto model) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            model.writeTo(out);
        }
    }
}
