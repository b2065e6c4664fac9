package dev.dllm4j.decoder.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ChiSquareTest {
    private static final double[] FAIR = {0.25, 0.25, 0.25, 0.25};

    @Test
    void sumsTheSquaredDeviations() {
        ChiSquare result = ChiSquare.of(FAIR, new int[] {30, 20, 25, 25});

        assertThat(result).isEqualTo(new ChiSquare(2, 3));
        assertThat(result.plausible()).isTrue();
    }

    @Test
    void turnsImplausibleAtTheTabulatedQuantile() {
        // The 0.999 quantile is 16.27 at three degrees of freedom, 86.66 at fifty; the approximation is a little above.
        assertThat(new ChiSquare(16.2, 3).plausible()).isTrue();
        assertThat(new ChiSquare(16.7, 3).plausible()).isFalse();
        assertThat(new ChiSquare(86.5, 50).plausible()).isTrue();
        assertThat(new ChiSquare(86.8, 50).plausible()).isFalse();
    }

    @Test
    void poolsBinsThatExpectLittle() {
        double[] probabilities = {0.9, 0.05, 0.03, 0.02};

        assertThat(ChiSquare.of(probabilities, new int[] {45, 3, 1, 1})).isEqualTo(new ChiSquare(0, 1));
    }

    @Test
    void neverAcceptsACountThatIsImpossible() {
        assertThat(ChiSquare.of(new double[] {1, 0}, new int[] {100_000, 1}).plausible())
                .isFalse();
        assertThat(ChiSquare.of(new double[] {1, 0}, new int[] {100_000, 0}).plausible())
                .isTrue();
    }
}
