package dev.dllm4j.decoder.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.testing.ChiSquare;
import dev.dllm4j.decoder.testing.Family;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Draws follow the distribution they are said to follow: 20,000 a case. */
final class SamplerDistributionTest {
    private static final int[] POSITIONS = IntStream.range(0, 100).toArray();
    private static final int STEPS = 200;

    static Stream<Arguments> cases() {
        return Stream.of(0.3, 0.7, 1.0, 2.5).flatMap(SamplerDistributionTest::casesAt);
    }

    static Stream<Arguments> casesOfOneTemperature() {
        return casesAt(0.7);
    }

    private static Stream<Arguments> casesAt(double temperature) {
        return Stream.of(
                        new Sampling(temperature, 0, 1, 1),
                        new Sampling(temperature, 5, 1, 2),
                        new Sampling(temperature, 0, 0.8, 3),
                        new Sampling(temperature, 4, 0.9, 4))
                .flatMap(sampling -> Stream.of(Family.values()).map(family -> Arguments.of(family, sampling)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void drawsFollowTheFilteredSoftmax(Family family, Sampling sampling) {
        float[] row = randomRow(12);
        int[] counts = draw(family, sampling, row);
        double[] expected = expected(row, sampling);

        for (int token = 0; token < row.length; token++) {
            if (expected[token] == 0) {
                assertThat(counts[token]).as("draws of token %d", token).isZero();
            }
        }
        assertThat(ChiSquare.of(expected, counts)).matches(ChiSquare::plausible, "is plausible");
    }

    @ParameterizedTest
    @MethodSource("casesOfOneTemperature")
    void soTheyDoInALargerVocabulary(Family family, Sampling sampling) {
        float[] row = randomRow(300);

        assertThat(ChiSquare.of(expected(row, sampling), draw(family, sampling, row)))
                .matches(ChiSquare::plausible, "is plausible");
    }

    /** The test would notice a temperature that is wrong by a tenth, and a filter that is wrong by one token. */
    @Test
    void theTestTellsNeighbouringDistributionsApart() {
        float[] row = randomRow(12);
        int[] counts = draw(Family.LLADA, new Sampling(1, 0, 1, 1), row);
        int[] filtered = draw(Family.DREAM, new Sampling(1, 5, 1, 1), row);

        assertThat(ChiSquare.of(expected(row, new Sampling(1.1, 0, 1, 1)), counts)
                        .plausible())
                .isFalse();
        assertThat(ChiSquare.of(expected(row, new Sampling(1, 4, 1, 1)), filtered)
                        .plausible())
                .isFalse();
        assertThat(ChiSquare.of(expected(row, new Sampling(1, 6, 1, 1)), filtered)
                        .plausible())
                .isFalse();
    }

    /** How often each token was drawn. */
    private static int[] draw(Family family, Sampling sampling, float[] row) {
        Sampler sampler = new Sampler(sampling, Rows.spec(family, row.length));
        Noise noise = new Noise(sampling.seed());
        int[] counts = new int[row.length];
        for (int step = 0; step < STEPS; step++) {
            Predictions predictions = Rows.at(row, POSITIONS);
            Rows.propose(sampler, predictions, row, step, noise);
            for (int slot = 0; slot < predictions.size(); slot++) {
                counts[predictions.token(slot)]++;
            }
        }
        return counts;
    }

    private static double[] expected(float[] row, Sampling sampling) {
        float[] withoutMask = row.clone();
        withoutMask[row.length - 1] = Float.NEGATIVE_INFINITY;
        return NaiveFilter.probabilities(withoutMask, sampling.topK(), sampling.topP(), sampling.temperature());
    }

    /** Logits of a spread as models have it; the last token, the mask, is the largest. */
    private static float[] randomRow(int vocabulary) {
        Random random = new Random(vocabulary);
        float[] row = new float[vocabulary];
        for (int token = 0; token < vocabulary; token++) {
            row[token] = (float) (1.5 * random.nextGaussian());
        }
        row[vocabulary - 1] = 6;
        return row;
    }
}
