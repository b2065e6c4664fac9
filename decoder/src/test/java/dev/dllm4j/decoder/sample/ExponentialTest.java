package dev.dllm4j.decoder.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.testing.Cases;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ExponentialTest {
    @Test
    void theRelativeErrorIsWithinItsBound() {
        Cases.check(200_000, seed -> {
            double x = Exponential.LEAST * new Random(seed).nextDouble();
            assertThat(Exponential.of(x) / StrictMath.exp(x)).isCloseTo(1, within(Exponential.ERROR));
        });
    }

    @Test
    void zeroWeighsOneAndWhatIsFarBelowNothing() {
        assertThat(Exponential.of(0.0)).isEqualTo(1);
        assertThat(Exponential.of(-0.0)).isEqualTo(1);
        assertThat(Exponential.of(Math.nextDown(Exponential.LEAST))).isZero();
        assertThat(Exponential.of(Double.NEGATIVE_INFINITY)).isZero();
    }
}
