package dev.dllm4j.train.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.testing.Cases;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RainbowPaddingTest {
    private static final int END = 126081;
    private static final RainbowPadding LLADA = new RainbowPadding(END, RainbowPadding.consecutive(126084, 7));

    @Test
    void theCycleStartsBehindOneEndToken() {
        assertThat(LLADA.pad(new int[] {5, 6, 7}, 12))
                .containsExactly(5, 6, 7, END, 126084, 126085, 126086, 126087, 126088, 126089, 126090, 126084);
    }

    @Test
    void withoutPadsEverythingIsAnEndToken() {
        assertThat(new RainbowPadding(1, List.of()).pad(new int[] {5}, 4)).containsExactly(5, 1, 1, 1);
        assertThat(new RainbowPadding(1, List.of(4)).pad(new int[] {5}, 5)).containsExactly(5, 1, 4, 4, 4);
    }

    @Test
    void oneFreePositionIsTheEndTokenAndNoneIsNothing() {
        assertThat(LLADA.pad(new int[] {5, 6}, 3)).containsExactly(5, 6, END);
        assertThat(LLADA.pad(new int[] {5, 6}, 2)).containsExactly(5, 6);
    }

    @Test
    void everyRowHasOneEndAndPadsInEqualShares() {
        Cases.check(200, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int pads = random.nextInt(1, 32);
            RainbowPadding padding = new RainbowPadding(1, RainbowPadding.consecutive(4, pads));
            int[] answer = random.ints(random.nextInt(1, 40), 50, 90).toArray();
            int[] row = padding.pad(answer, answer.length + random.nextInt(1, 200));
            assertThat(row).startsWith(answer);
            assertThat(count(row, 1)).isEqualTo(1);
            long first = count(row, 4);
            for (int pad = 5; pad < 4 + pads; pad++) {
                assertThat(count(row, pad)).isBetween(first - 1, first);
            }
        });
    }

    @Test
    void aCycleWithTheEndTokenOrATokenTwiceIsRefused() {
        assertThatThrownBy(() -> new RainbowPadding(4, RainbowPadding.consecutive(3, 3)))
                .hasMessageContaining("pads is [3, 4, 5]");
        assertThatThrownBy(() -> new RainbowPadding(1, List.of(5, 5))).hasMessageContaining("different ids");
    }

    private static long count(int[] row, int token) {
        return IntStream.of(row).filter(id -> id == token).count();
    }
}
