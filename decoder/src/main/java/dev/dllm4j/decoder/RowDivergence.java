package dev.dllm4j.decoder;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Kullback-Leibler divergence between the rows that two models give of the same masked positions, {@code Σ p · ln(p / q)}
 * with p the reference's probabilities and q the other's, in nats. The other model's rows are kept until the reference's
 * come, at most {@value #KEPT_BYTES} bytes of them: of more, every n-th is compared.
 */
final class RowDivergence {
    private static final int KEPT_BYTES = 64 << 20;

    private final int vocabulary;
    private final int capacity;
    private final List<float[]> kept = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private double sum;
    private long count;

    /** A masked position of a canvas. */
    private record Row(Canvas canvas, int position) {}

    RowDivergence(int vocabulary) {
        this.vocabulary = vocabulary;
        this.capacity = Math.max(1, KEPT_BYTES / Float.BYTES / vocabulary);
    }

    /** Sum over all rows so far. */
    double sum() {
        return sum;
    }

    /** Rows so far. */
    long count() {
        return count;
    }

    /**
     * Chooses which rows of the coming forward are compared: the masked positions that requests want predicted.
     *
     * @param step of the decodings, so that another one chooses others
     */
    void choose(List<RowRequest> requests, int step) {
        List<Row> all = new ArrayList<>();
        for (RowRequest request : requests) {
            Canvas canvas = request.canvas();
            request.demand().positions().stream()
                    .filter(canvas::masked)
                    .forEach(position -> all.add(new Row(canvas, position)));
        }
        int stride = Math.max(1, (all.size() + capacity - 1) / capacity);
        rows.clear();
        for (int row = step % stride; row < all.size(); row += stride) {
            rows.add(all.get(row));
        }
    }

    /** Requests for the chosen rows, of whole canvases; they are kept. */
    List<RowRequest> kept() {
        while (kept.size() < rows.size()) {
            kept.add(new float[vocabulary]);
        }
        return requests((row, logits) -> logits.get(0, kept.get(row)));
    }

    /** Requests for the same rows of the reference; they are compared. */
    List<RowRequest> compared() {
        return requests((row, logits) -> {
            sum += divergence(logits, kept.get(row));
            count++;
        });
    }

    private interface Reader {
        /** @param row among the chosen ones */
        void row(int row, FloatBuffer logits);
    }

    private List<RowRequest> requests(Reader reader) {
        List<RowRequest> requests = new ArrayList<>();
        for (int first = 0; first < rows.size(); ) {
            Canvas canvas = rows.get(first).canvas();
            Demand demand = new Demand(canvas.length());
            int from = first;
            while (first < rows.size() && rows.get(first).canvas() == canvas) {
                demand.positions().add(rows.get(first++).position());
            }
            demand.fullRows((slot, logits) -> reader.row(from + slot, logits));
            Positions whole = new Positions(canvas.length());
            whole.addRange(0, canvas.length());
            requests.add(new RowRequest(canvas, whole, demand, new Predictions(), Guidance.NONE, null, () -> false));
        }
        return requests;
    }

    /** Of one row, never below 0. */
    static double divergence(FloatBuffer reference, float[] other) {
        double mostReference = Double.NEGATIVE_INFINITY;
        double mostOther = Double.NEGATIVE_INFINITY;
        for (int token = 0; token < other.length; token++) {
            mostReference = Math.max(mostReference, reference.get(token));
            mostOther = Math.max(mostOther, other[token]);
        }
        double powers = 0;
        double otherPowers = 0;
        double weighted = 0;
        for (int token = 0; token < other.length; token++) {
            double distance = reference.get(token) - mostReference;
            double otherDistance = other[token] - mostOther;
            double power = Math.exp(distance);
            powers += power;
            otherPowers += Math.exp(otherDistance);
            if (power > 0) {
                weighted += power * (distance - otherDistance);
            }
        }
        return Math.max(0, weighted / powers - Math.log(powers) + Math.log(otherPowers));
    }
}
