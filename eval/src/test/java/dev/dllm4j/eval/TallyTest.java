package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
    @Test
    void talliesAddUp() {
        Tally tally = new Tally(3, 1, 0, 1, 2, 2, 10, 90, 9, 40, 600, 900)
                .plus(new Tally(1, 0, 0, 1, 0, 1, 6, 10, 1, 8, 60, 90));

        assertThat(tally).isEqualTo(new Tally(4, 1, 0, 2, 2, 3, 16, 100, 10, 48, 660, 990));
    }

    @Test
    void aSkippedItemIsWrongButHasNoPartInTheMeans() {
        Tally tally = new Tally(4, 1, 0, 0, 2, 3, 12, 200, 10, 48, 600, 800);

        assertThat(tally.accuracy()).isEqualTo(0.5);
        assertThat(tally.meanForwards()).isEqualTo(4);
        assertThat(tally.tokensPerForward()).isEqualTo(4);
        assertThat(tally.meanCompletionTokens()).isEqualTo(16);
        assertThat(tally.flexibleAccuracy()).isEqualTo(0.75);
        assertThat(tally.rowsSaved()).isEqualTo(0.25);
        assertThat(tally.unknownShare()).isEqualTo(0.05);
    }

    @Test
    void nothingHasNoRatios() {
        assertThat(Tally.NOTHING.accuracy()).isZero();
        assertThat(Tally.NOTHING.meanForwards()).isZero();
        assertThat(Tally.NOTHING.tokensPerForward()).isZero();
    }
}
