package dev.dllm4j.decoder.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplingTest {
    @Test
    void isPlainWhereTheBestTokenIsProposedUnfiltered() {
        assertThat(Sampling.GREEDY.plain()).isTrue();
        assertThat(new Sampling(0, 0, 1, 77).plain()).isTrue();
        assertThat(new Sampling(0.1, 0, 1, 0).plain()).isFalse();
        assertThat(new Sampling(0, 5, 1, 0).plain()).isFalse();
        assertThat(new Sampling(0, 0, 0.9, 0).plain()).isFalse();
    }

    @Test
    void theEndsOfTheRangesAreAllowed() {
        assertThat(new Sampling(100, 1, Double.MIN_VALUE, -1).temperature()).isEqualTo(100);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-0.1 |  0 | 1   | temperature is -0.1; it must be within [0, 100], 0 for the best token",
                "NaN  |  0 | 1   | temperature is NaN; it must be within [0, 100], 0 for the best token",
                "101  |  0 | 1   | temperature is 101.0; it must be within [0, 100], 0 for the best token",
                "1    | -1 | 1   | top-k is -1; it must be at least 0, 0 for all tokens",
                "1    |  0 | 0   | top-p is 0.0; it must be within (0, 1], 1 for all tokens",
                "1    |  0 | 1.1 | top-p is 1.1; it must be within (0, 1], 1 for all tokens",
                "1    |  0 | NaN | top-p is NaN; it must be within (0, 1], 1 for all tokens"
            })
    void refusesWhatIsOutOfRange(double temperature, int topK, double topP, String message) {
        assertThatThrownBy(() -> new Sampling(temperature, topK, topP, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
