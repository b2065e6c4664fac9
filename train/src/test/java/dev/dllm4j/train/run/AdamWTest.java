package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.model.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdamWTest {
    private static final String MATRIX = "model.transformer.ff_out.weight";
    private static final double RATE = 0.01;

    private final NDManager manager = Torch.open(1);
    private final AdamW optimizer = AdamW.start(
            manager,
            Weights.random(manager, new StarterSizes(4, 1, 1, 4).spec(40, new Everything()), DataType.FLOAT32, 1)
                    .tensors());

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void threeStepsAreThoseOfTheFormulas() {
        Recipe recipe = Recipe.starter();
        double weight = matrix().toFloatArray()[5];
        double average = weight;
        double mean = 0;
        double square = 0;
        for (int step = 0; step < 3; step++) {
            // The loss is half the sum of squares, so its gradient is the matrix itself.
            double norm = matrix().norm().getFloat();
            double gradient = weight * Math.min(1, recipe.clip() / norm);
            mean = 0.9 * mean + 0.1 * gradient;
            square = 0.98 * square + 0.02 * gradient * gradient;
            double move =
                    mean / (1 - Math.pow(0.9, step + 1)) / (Math.sqrt(square / (1 - Math.pow(0.98, step + 1))) + 1e-8);
            weight = weight * (1 - RATE * recipe.weightDecay()) - RATE * move;
            double kept = (1.0 + step) / (10.0 + step);
            average = kept * average + (1 - kept) * weight;
            update(step, 0.5);
            assertThat((double) matrix().toFloatArray()[5]).isCloseTo(weight, within(1e-5));
            assertThat((double) optimizer.average().get(MATRIX).toFloatArray()[5])
                    .isCloseTo(average, within(1e-5));
        }
    }

    @Test
    void anUpdateLeavesNoArraysBehind() {
        update(0, 0.5);
        int before = manager.getManagedArrays().size();
        update(1, 0.5);
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void aLossThatIsNoNumberStopsTheRun() {
        assertThatThrownBy(() -> update(7, Double.NaN))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("step 7")
                .hasMessageContaining("--learning-rate");
    }

    private void update(int steps, double scale) {
        try (NDManager step = manager.newSubManager()) {
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray loss = step.zeros(matrix().getShape())
                        .add(matrix())
                        .square()
                        .sum()
                        .mul(scale);
                collector.backward(loss);
            }
            optimizer.update(step, steps, RATE, Recipe.starter());
        }
    }

    private NDArray matrix() {
        return optimizer.weights().get(MATRIX);
    }
}
