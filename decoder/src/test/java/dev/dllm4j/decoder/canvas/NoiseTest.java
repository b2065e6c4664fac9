package dev.dllm4j.decoder.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.testing.ChiSquare;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

final class NoiseTest {
    private static final int DRAWS = 100_000;
    private static final Noise NOISE = new Noise(42);

    @Test
    void dependsOnTheSeedAndThePlaceOfTheDrawAlone() {
        double drawn = NOISE.uniform(3, 5, 7);
        NOISE.uniform(1, 1, 1);

        assertThat(new Noise(42).uniform(3, 5, 7)).isEqualTo(drawn);
        assertThat(new Noise(43).uniform(3, 5, 7)).isNotEqualTo(drawn);
        assertThat(NOISE.uniform(5, 3, 7)).isNotEqualTo(drawn);
        assertThat(NOISE.uniform(3, 7, 5)).isNotEqualTo(drawn);
    }

    @Test
    void isUniformAlongEveryAxis() {
        assertUniform(draw -> NOISE.uniform(draw, 0, 0));
        assertUniform(draw -> NOISE.uniform(0, draw, 0));
        assertUniform(draw -> NOISE.uniform(0, 0, draw));
        assertUniform(draw -> NOISE.uniform(draw, draw, -1));
        assertUniform(draw -> new Noise(draw).uniform(0, 0, 0));
    }

    @Test
    void neighboursAreIndependent() {
        assertIndependent(draw -> NOISE.uniform(draw, 0, 0));
        assertIndependent(draw -> NOISE.uniform(0, draw, 0));
        assertIndependent(draw -> NOISE.uniform(0, 0, draw));
        assertIndependent(draw -> new Noise(draw).uniform(0, 0, 0));
    }

    @Test
    void gumbelHasTheMeanAndVarianceOfItsName() {
        double[] draws = new double[DRAWS];
        Arrays.setAll(draws, draw -> NOISE.gumbel(1, 2, draw));
        double mean = Arrays.stream(draws).average().orElseThrow();
        double variance =
                Arrays.stream(draws).map(draw -> (draw - mean) * (draw - mean)).sum() / DRAWS;

        assertThat(mean).isCloseTo(0.5772, within(0.02));
        assertThat(variance).isCloseTo(Math.PI * Math.PI / 6, within(0.05));
    }

    @Test
    void theEndsOfTheIntervalAreOpen() {
        assertThat(Noise.unit(0)).isPositive();
        assertThat(Noise.unit(-1)).isLessThan(1);
    }

    private static void assertUniform(IntToDoubleFunction draws) {
        int[] counts = new int[64];
        for (int draw = 0; draw < DRAWS; draw++) {
            counts[(int) (draws.applyAsDouble(draw) * counts.length)]++;
        }
        assertEvenlySpread(counts);
    }

    /** Pairs of neighbours fill the unit square evenly. */
    private static void assertIndependent(IntToDoubleFunction draws) {
        int side = 8;
        int[] counts = new int[side * side];
        for (int draw = 0; draw < DRAWS; draw++) {
            int row = (int) (draws.applyAsDouble(2 * draw) * side);
            int column = (int) (draws.applyAsDouble(2 * draw + 1) * side);
            counts[row * side + column]++;
        }
        assertEvenlySpread(counts);
    }

    private static void assertEvenlySpread(int[] counts) {
        double[] even = new double[counts.length];
        Arrays.fill(even, 1.0 / counts.length);
        assertThat(ChiSquare.of(even, counts)).matches(ChiSquare::plausible, "is plausible");
    }
}
