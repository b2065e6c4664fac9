package dev.dllm4j.train.adapt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.run.Batch;
import dev.dllm4j.train.run.Trainer;
import java.util.Locale;

/**
 * What a model says about the masked rows of active blocks.
 *
 * @param entropy mean of the rows, in nats, at temperature 1
 * @param correct share of rows whose best token is the answer's
 * @param rows measured
 */
public record MaskedRows(double entropy, double correct, long rows) {
    /** Measures the masks of a course's first batches. */
    public static MaskedRows measure(NDManager manager, Llada model, CertaintyCourse course, int batches) {
        double entropy = 0;
        long correct = 0;
        long rows = 0;
        for (int batch = 0; batch < batches; batch++) {
            try (NDManager step = manager.newSubManager()) {
                Batch masked = course.batch(batch);
                NDArray logits = Trainer.logits(model, masked, step);
                entropy += CertaintyLoss.entropies(logits, 1).sum().getFloat();
                for (boolean right : CertaintyLoss.correct(logits, masked.targets())) {
                    correct += right ? 1 : 0;
                }
                rows += masked.targets().length;
            }
        }
        return new MaskedRows(entropy / rows, (double) correct / rows, rows);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "mean entropy %.4f nats, %.2f %% right, of %d masked rows", entropy, 100 * correct, rows);
    }
}
