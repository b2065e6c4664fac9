package dev.dllm4j.train.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.run.Batch;
import dev.dllm4j.train.run.Trainer;
import dev.dllm4j.train.testing.Garbage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CertaintyLossTest {
    private final NDManager manager = Torch.open(1);

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void theToyOfTwoLogits() {
        NDArray logits = manager.create(new float[][] {{2, 0}});
        Batch batch = new Batch(RowLayout.FULL, new long[][] {{7}}, new long[] {0}, new long[] {0}, new float[] {1});
        assertThat((double) Trainer.loss(logits, batch, manager).getFloat()).isCloseTo(0.126928, within(1e-6));
        assertThat(certainty(logits, 0.5, 0)).isCloseTo(0.090095, within(1e-6));
        assertThat(certainty(logits, 1, 0)).isCloseTo(0.365334, within(1e-6));
        assertThat(certainty(logits, 0.5, 1)).isZero();
    }

    @Test
    void aSamplesEntropyIsTheMeanOfItsCorrectRowsTimesBeta() {
        // Rows of [2, 0] have 0.365334 nats; rows that are wrong do not count, whatever their sample.
        NDArray logits = manager.create(new float[][] {{2, 0}, {2, 0}, {0, 2}, {2, 0}, {9, 0}});
        long[] targets = {0, 0, 0, 0, 1};
        int[] samples = {0, 0, 0, 2, 2};
        double sum = new CertaintyLoss(3, 1)
                .certainty(logits, targets, samples, 2, manager)
                .getFloat();
        assertThat(sum).isCloseTo(3 * (0.365334 + 0.365334) / 2, within(1e-5));
    }

    @Test
    void itsGradientIsTheSlope() throws InterruptedException {
        double[] values = {0.7, -0.2, 0.4, 0.1, 1.5, -0.6};
        long[] targets = {0, 1};
        NDArray logits = manager.create(values, new Shape(2, 3));
        logits.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray loss = loss(logits, targets);
            Garbage.collect();
            collector.backward(loss);
        }
        double[] gradient = logits.getGradient().toDoubleArray();
        for (int index = 0; index < values.length; index++) {
            double slope = (at(values, index, 1e-5, targets) - at(values, index, -1e-5, targets)) / 2e-5;
            assertThat(gradient[index]).isCloseTo(slope, within(1e-6)).isNotZero();
        }
    }

    @Test
    void aSettingOutOfRangeIsRefused() {
        assertThatThrownBy(() -> new CertaintyLoss(Double.NaN, 1)).hasMessageContaining("beta is NaN");
        assertThatThrownBy(() -> new CertaintyLoss(1, 0)).hasMessageContaining("temperature is 0.0");
    }

    private double at(double[] values, int index, double by, long[] targets) {
        double[] moved = values.clone();
        moved[index] += by;
        return loss(manager.create(moved, new Shape(2, 3)), targets).getDouble();
    }

    private static NDArray loss(NDArray logits, long[] targets) {
        NDManager step = logits.getManager();
        NDArray entropies = CertaintyLoss.entropies(logits, 0.5);
        assertThat(CertaintyLoss.correct(logits, targets)).containsExactly(true, true);
        return entropies.mul(step.create(new double[] {0.3, 0.8})).sum();
    }

    private double certainty(NDArray logits, double temperature, long target) {
        return new CertaintyLoss(1, temperature)
                .certainty(logits, new long[] {target}, new int[] {0}, 1, manager)
                .getFloat();
    }
}
