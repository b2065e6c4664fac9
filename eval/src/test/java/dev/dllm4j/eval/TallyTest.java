package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
    @Test
    void talliesAddUp() {
        Tally tally = new Tally(3, 1, 2, 10, 40, 600, 900).plus(new Tally(1, 0, 0, 6, 8, 60, 90));

        assertThat(tally).isEqualTo(new Tally(4, 1, 2, 16, 48, 660, 990));
    }

    @Test
    void aSkippedItemIsWrongButHasNoPartInTheMeans() {
        Tally tally = new Tally(4, 1, 2, 12, 48, 0, 0);

        assertThat(tally.accuracy()).isEqualTo(0.5);
        assertThat(tally.meanForwards()).isEqualTo(4);
        assertThat(tally.tokensPerForward()).isEqualTo(4);
    }

    @Test
    void nothingHasNoRatios() {
        assertThat(Tally.NOTHING.accuracy()).isZero();
        assertThat(Tally.NOTHING.meanForwards()).isZero();
        assertThat(Tally.NOTHING.tokensPerForward()).isZero();
    }
}
