package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.dllm4j.train.model.Torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BalanceLossTest {
    private static final float LOSS = 2;
    private static final long[] ALL = {0, 1};

    private final NDManager manager = Torch.open(1);
    private final NDArray probabilities =
            manager.create(new float[][] {{0.5f, 0.3f, 0.1f, 0.1f}, {0.7f, 0.1f, 0.1f, 0.1f}});

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void itIsTheMeanOfTheLayersProductsOfShareAndProbability() {
        BalanceLoss balance = new BalanceLoss(ALL);
        balance.routed(probabilities, new long[] {0, 1, 0, 2});
        balance.routed(probabilities, new long[] {1, 3, 1, 3});
        double first = 4 * (0.5 * 0.6 + 0.25 * 0.2 + 0.25 * 0.1);
        double second = 4 * (0.5 * 0.2 + 0.5 * 0.1);
        assertThat(added(balance)).isCloseTo(BalanceLoss.WEIGHT * ((first + second) / 2 - 1), within(1e-6));
    }

    @Test
    void rowsThatPredictAreBalancedAmongThemselvesAndTheOthersToo() {
        BalanceLoss balance = new BalanceLoss(new long[] {1});
        balance.routed(probabilities, new long[] {0, 1, 0, 2});
        double others = 4 * (0.5 * 0.5 + 0.5 * 0.3);
        double predicting = 4 * (0.5 * 0.7 + 0.5 * 0.1);
        assertThat(added(balance)).isCloseTo(BalanceLoss.WEIGHT * ((others + predicting) / 2 - 1), within(1e-6));
    }

    @Test
    void equalChoicesAddNothingAndAModelWithoutExpertsKeepsItsLoss() {
        BalanceLoss balance = new BalanceLoss(ALL);
        balance.routed(probabilities, new long[] {0, 1, 2, 3});
        assertThat(added(balance)).isCloseTo(0, within(1e-6));
        NDArray loss = manager.create(LOSS);
        assertThat(new BalanceLoss(ALL).addTo(loss)).isSameAs(loss);
    }

    @Test
    void anExpertsProbabilityIsPushedDownByItsShareOfTheChoices() {
        probabilities.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            BalanceLoss balance = new BalanceLoss(ALL);
            balance.routed(probabilities, new long[] {0, 1, 0, 2});
            collector.backward(balance.addTo(manager.create(LOSS)));
        }
        float share = (float) (BalanceLoss.WEIGHT * 4 / 2);
        float[] row = {share / 2, share / 4, share / 4, 0};
        assertThat(probabilities.getGradient().toFloatArray())
                .containsExactly(
                        new float[] {row[0], row[1], row[2], row[3], row[0], row[1], row[2], row[3]}, within(1e-8f));
    }

    private double added(BalanceLoss balance) {
        return balance.addTo(manager.create(LOSS)).getFloat() - LOSS;
    }
}
