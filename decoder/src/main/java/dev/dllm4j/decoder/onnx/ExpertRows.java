package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What lies between a router and its experts: rows, scores, and which rows go where. Not thread-safe. */
final class ExpertRows implements AutoCloseable {
    private final Experts experts;
    private final Routing routing;
    private final Slab attended;
    private final Slab normed;
    private final Slab scores;
    private final Slab bias;
    private final Slab sorted;
    private final Slab counts;
    private final Slab places;
    private final Slab weights;

    ExpertRows(OrtEnvironment environment, ModelSpec spec, Experts experts) {
        this.experts = experts;
        routing = new Routing(experts);
        attended = Slab.floats(environment, spec.hidden());
        normed = Slab.floats(environment, spec.hidden());
        scores = Slab.floats(environment, experts.count());
        bias = Slab.floats(environment);
        sorted = Slab.longs(environment);
        counts = Slab.longs(environment);
        places = Slab.longs(environment, experts.active());
        weights = Slab.floats(environment, experts.active());
    }

    /** The numbers of a layer with experts. */
    Experts experts() {
        return experts;
    }

    /** Makes room for so many rows; what stood in them is lost when it grows. */
    void reserve(int rows) {
        for (Slab slab : List.of(attended, normed, scores, places, weights)) {
            slab.reserve(rows);
        }
        sorted.reserve(Routing.mostPairs(experts, rows));
        counts.reserve(experts.count());
        bias.reserve(experts.count());
    }

    /** Where a router's graph writes. */
    Map<String, OnnxTensor> routed(int rows) {
        Map<String, OnnxTensor> outputs = new HashMap<>(Map.of(
                "attended", attended.tensor(0, rows),
                "normed", normed.tensor(0, rows),
                "scores", scores.tensor(0, rows)));
        if (experts.router().biased()) {
            outputs.put("bias", bias.tensor(0, experts.count()));
        }
        return outputs;
    }

    /** Chooses the experts of the rows. */
    void choose(int rows) {
        routing.choose(scores.floats(), bias.floats(), rows);
        routing.write(sorted.longs(), counts.longs(), places.longs(), weights.floats());
    }

    /** What the experts' graph reads. */
    Map<String, OnnxTensor> chosen(int rows) {
        return Map.of(
                "attended", attended.tensor(0, rows),
                "normed", normed.tensor(0, rows),
                "rows", sorted.tensor(0, routing.pairs()),
                "counts", counts.tensor(0, experts.count()),
                "places", places.tensor(0, rows),
                "weights", weights.tensor(0, rows));
    }

    @Override
    public void close() {
        Closing.all(List.of(attended, normed, scores, bias, sorted, counts, places, weights));
    }
}
