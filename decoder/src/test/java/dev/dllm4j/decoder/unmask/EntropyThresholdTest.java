package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EntropyThresholdTest {
    /** A position of entropy 0, which commits in any case. */
    private static final double CERTAIN = 0;

    @Test
    void anEntropyEqualToTheThresholdCommitsForLladaAndWaitsForDream() {
        assertThat(firstStep(0.5, Equal.COMMITS, 0.2, 0.5, 0.50001, 0.6)).containsExactly(10, 11);
        assertThat(firstStep(0.5, Equal.WAITS, 0.2, 0.5, 0.50001, 0.6)).containsExactly(10);
    }

    @Test
    void theLowestEntropyCommitsWhereNoneIsWithinTheThreshold() {
        assertThat(firstStep(0.1, Equal.COMMITS, 0.7, 0.6, 0.61)).containsExactly(11);
        assertThat(firstStep(-1, Equal.COMMITS, 0.7, 0, 0.61)).containsExactly(11);
    }

    @ParameterizedTest
    @CsvSource({
        "0.9, 0.325083, 0.45, true",
        "0.9, 0.325083, 0.5, true",
        "0.8, 0.500402, 0.5, false",
        "0.7, 0.610864, 0.5, false",
        "0.833683, 0.45, 0.45, true",
        "0.833681, 0.45, 0.45, false",
        "0.800291, 0.5, 0.5, true",
        "0.800289, 0.5, 0.5, false"
    })
    void twoTokensOfGivenProbability(double p, double entropy, double threshold, boolean commits) {
        double nats = entropy(p, 1 - p);

        assertThat(nats).isCloseTo(entropy, within(5e-6));
        assertThat(firstStep(threshold, Equal.COMMITS, CERTAIN, nats).contains(11))
                .isEqualTo(commits);
    }

    @ParameterizedTest
    @CsvSource({"9, 0.544805", "99, 0.784595"})
    void aLongTailIsRejectedHoweverConfidentTheBest(int tail, double entropy) {
        double[] probabilities = new double[tail + 1];
        Arrays.fill(probabilities, 0.1 / tail);
        probabilities[0] = 0.9;

        assertThat(entropy(probabilities)).isCloseTo(entropy, within(5e-7));
        assertThat(firstStep(0.5, Equal.COMMITS, CERTAIN, entropy(probabilities)))
                .containsExactly(10);
    }

    @Test
    void aThresholdAboveEveryEntropyFillsABlockAForwardAndOneBelowAllATokenAForward() {
        ScriptedRun.Confidences script = (step, position) -> 1f / (1 + position);

        assertThat(new ScriptedRun(new EntropyThreshold(10, Equal.COMMITS), new Blocks(8), 24, 1, script).counts())
                .containsExactly(8, 8, 8);
        assertThat(new ScriptedRun(new EntropyThreshold(-1, Equal.COMMITS), new Blocks(8), 24, 1, script).counts())
                .hasSize(24)
                .containsOnly(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void refusesAThresholdThatIsNoFiniteNumber(double threshold) {
        assertThatThrownBy(() -> new EntropyThreshold(threshold, Equal.COMMITS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold is " + threshold + "; it must be a finite number, e.g. 0.45");
    }

    private static double entropy(double... probabilities) {
        return -DoubleStream.of(probabilities).map(p -> p * Math.log(p)).sum();
    }

    private static List<Integer> firstStep(double threshold, Equal equal, double... entropies) {
        return new ScriptedRun(
                        new EntropyThreshold(threshold, equal),
                        new WholeCanvas(),
                        entropies.length,
                        1,
                        ScriptedRun.entropies(entropies))
                .step();
    }
}
