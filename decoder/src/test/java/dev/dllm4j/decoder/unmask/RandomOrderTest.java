package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.testing.ChiSquare;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RandomOrderTest {
    @Test
    void commitsAsManyAsTheScheduleHoweverConfident() {
        ScriptedRun run = new ScriptedRun(
                new RandomOrder(), new Blocks(10), 20, 8, (step, position) -> position % 2 == 0 ? 1 : 0);

        assertThat(run.counts()).containsExactly(3, 3, 2, 2, 3, 3, 2, 2);
    }

    @Test
    void theSeedAloneDecidesTheOrder() {
        assertThat(order(5, 0.2)).isEqualTo(order(5, 0.8));
        assertThat(order(5, 0.2)).isNotEqualTo(order(6, 0.2));
    }

    @Test
    void everyPositionIsEquallyLikelyToBeFirst() {
        int[] first = new int[8];
        for (long seed = 0; seed < 4000; seed++) {
            first[order(seed, 0.5).get(0).get(0) - ScriptedRun.START]++;
        }
        double[] even = new double[8];
        Arrays.fill(even, 1.0 / 8);

        assertThat(ChiSquare.of(even, first)).matches(ChiSquare::plausible, "is plausible");
    }

    private static List<List<Integer>> order(long seed, double confidence) {
        return new ScriptedRun(new RandomOrder(), new WholeCanvas(), 8, 8, seed, ScriptedRun.always(confidence))
                .finish();
    }
}
