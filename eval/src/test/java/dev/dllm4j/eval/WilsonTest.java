package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WilsonTest {
    /** Newcombe 1998, table I: 81 of 263, 15 of 148, none of 20, one of 29. */
    @Test
    void publishedIntervals() {
        assertInterval(81, 263, 0.2553, 0.3662);
        assertInterval(15, 148, 0.0624, 0.1605);
        assertInterval(0, 20, 0, 0.1611);
        assertInterval(1, 29, 0.0061, 0.1718);
    }

    @Test
    void allRightEndsAtOne() {
        assertThat(Wilson.of(20, 20).high()).isEqualTo(1);
        assertThat(Wilson.of(20, 20).low()).isCloseTo(1 - 0.1611, within(5e-5));
    }

    private static void assertInterval(int hits, int items, double low, double high) {
        assertThat(Wilson.of(hits, items).low()).isCloseTo(low, within(5e-5));
        assertThat(Wilson.of(hits, items).high()).isCloseTo(high, within(5e-5));
    }
}
