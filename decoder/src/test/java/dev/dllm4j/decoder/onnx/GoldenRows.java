package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.golden.Npy;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.WholeRows;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;

/** Some rows of a canvas, asked for with every logit, and what an original computed for them. */
record GoldenRows(ModelSpec spec, RowRequest request, WholeRows rows) {
    private static final double TOLERANCE = 1e-3;

    /**
     * Asks for every logit of the rows of {@code [from, to)}, through the statistics head's candidates and as whole rows;
     * under shifted logits also for the position behind them.
     */
    static GoldenRows ask(
            ModelSpec spec, List<Integer> ids, int promptLength, int from, int to, @Nullable SequenceRows kept) {
        int[] prompt = IntStream.range(0, promptLength).map(ids::get).toArray();
        Canvas canvas = new Canvas(prompt, ids.size() - promptLength, spec.maskToken());
        for (int position = promptLength; position < ids.size(); position++) {
            if (ids.get(position) != spec.maskToken()) {
                canvas.apply(new Commit(position, ids.get(position), 1));
            }
        }
        Positions rows = new Positions(ids.size());
        rows.addRange(from, to);
        int end = spec.readout().shifted() ? Math.min(to + 1, ids.size()) : to;
        Demand demand = new Demand(ids.size());
        demand.positions().addRange(from, end);
        int[] everyId = IntStream.range(0, (end - from) * spec.vocabulary())
                .map(i -> i % spec.vocabulary())
                .toArray();
        demand.candidates(spec.vocabulary(), everyId);
        WholeRows whole = new WholeRows();
        demand.fullRows(whole);
        return new GoldenRows(
                spec, new RowRequest(canvas, rows, demand, new Predictions(), Guidance.NONE, kept, () -> false), whole);
    }

    /** The same with a canvas that is prompt up to its last position. */
    static GoldenRows ask(ModelSpec spec, List<Integer> ids, int from, int to, @Nullable SequenceRows kept) {
        return ask(spec, ids, ids.size() - 1, from, to, kept);
    }

    /**
     * Compares every logit and statistic after the forward.
     *
     * @param firstRow canvas position of the recorded array's first row
     */
    void assertLogits(Npy expected, int sequence, int firstRow) {
        Predictions predictions = request.predictions();
        assertThat(predictions.size()).isPositive();
        for (int slot = 0; slot < predictions.size(); slot++) {
            int first = request.rows().get(0);
            int source = Math.max(first, spec.readout().predictorOf(predictions.position(slot)));
            double sum = 0;
            for (int token = 0; token < spec.vocabulary(); token++) {
                float wanted = expected.get(sequence, source - firstRow, token);
                assertThat(Math.abs(predictions.candidateLogit(slot, token) - wanted))
                        .as("candidate logit %d of position %d", token, predictions.position(slot))
                        .isLessThanOrEqualTo((float) TOLERANCE);
                assertThat(Math.abs(rows.logit(slot, token) - wanted))
                        .as("full-row logit %d of position %d", token, predictions.position(slot))
                        .isLessThanOrEqualTo((float) TOLERANCE);
                sum += Math.exp(wanted);
            }
            assertStatistics(slot, expected, sequence, source - firstRow, sum);
        }
    }

    private void assertStatistics(int slot, Npy expected, int sequence, int row, double sum) {
        Predictions predictions = request.predictions();
        int best = -1;
        double entropy = 0;
        for (int token = 0; token < spec.vocabulary(); token++) {
            float logit = expected.get(sequence, row, token);
            entropy -= Math.exp(logit) / sum * (logit - Math.log(sum));
            boolean better = best < 0 || logit > expected.get(sequence, row, best);
            best = token != spec.maskToken() && better ? token : best;
        }
        assertThat(predictions.token(slot)).isEqualTo(best);
        assertThat((double) predictions.confidence(slot))
                .isCloseTo(Math.exp(expected.get(sequence, row, best)) / sum, within());
        assertThat((double) predictions.logSumExp(slot)).isCloseTo(Math.log(sum), within());
        assertThat((double) predictions.entropy(slot)).isCloseTo(entropy, within());
    }

    private static Offset<Double> within() {
        return Offset.offset(TOLERANCE);
    }
}
