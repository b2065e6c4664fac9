package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import java.nio.FloatBuffer;
import java.util.Set;

/** Predictions, and whole rows for a sampler, as a forward gives them. */
final class Rows {
    private Rows() {}

    /** A model whose last token is the mask. */
    static ModelSpec spec(Family family, int vocabulary) {
        return family.spec(vocabulary, 4, 1, 2, 2, 2, 8, 64, 10_000, 1e-5, vocabulary - 1, Set.of(), Set.of());
    }

    /** The same row at every position; the best token but the last is proposed. */
    static Predictions at(float[] row, int... positions) {
        Demand demand = new Demand(positions.length);
        int canvasLength = 0;
        for (int position : positions) {
            demand.positions().add(position);
            canvasLength = Math.max(canvasLength, position + 1);
        }
        Predictions predictions = new Predictions();
        predictions.reset(demand, canvasLength);
        for (int slot = 0; slot < positions.length; slot++) {
            fill(predictions, slot, row);
        }
        return predictions;
    }

    /** Lets a sampler replace the proposals of predictions that have this row at every present position. */
    static void propose(Sampler sampler, Predictions predictions, float[] row, int step, Noise noise) {
        Demand demand = new Demand(predictions.size());
        for (int slot = 0; slot < predictions.size(); slot++) {
            demand.positions().add(predictions.position(slot));
        }
        sampler.demand(demand, step, noise);
        for (int slot = 0; slot < predictions.size(); slot++) {
            if (predictions.present(slot)) {
                demand.row(slot, FloatBuffer.wrap(row));
            }
        }
        sampler.propose(predictions);
    }

    static double logSumExp(float[] row) {
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit);
        }
        return Math.log(sum);
    }

    private static void fill(Predictions predictions, int slot, float[] row) {
        int best = 0;
        for (int token = 1; token < row.length - 1; token++) {
            best = row[token] > row[best] ? token : best;
        }
        double sum = logSumExp(row);
        predictions.fill(slot, best, (float) Math.exp(row[best] - sum), best, 0, 0, (float) sum);
    }
}
