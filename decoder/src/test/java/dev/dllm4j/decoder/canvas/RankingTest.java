package dev.dllm4j.decoder.canvas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.Cases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RankingTest {
    private final Ranking ranking = new Ranking();

    @Test
    void theLargestScoreComesFirst() {
        ranking.add(1, -2);
        ranking.add(2, 0.5f);
        ranking.add(3, -1);
        ranking.add(4, Float.NEGATIVE_INFINITY);
        ranking.sort();

        assertThat(ids()).containsExactly(2, 3, 1, 4);
        assertThat(ranking.score(0)).isEqualTo(0.5f);
        assertThat(ranking.score(2)).isEqualTo(-2);
        assertThat(ranking.score(3)).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void theLowestIdWinsATieInWhateverOrderTheyCame() {
        ranking.add(9, 1);
        ranking.add(4, 1);
        ranking.add(6, 1);
        ranking.sort();

        assertThat(ids()).containsExactly(4, 6, 9);
    }

    @Test
    void bothZerosTie() {
        ranking.add(5, 0.0f);
        ranking.add(3, -0.0f);
        ranking.sort();

        assertThat(ids()).containsExactly(3, 5);
    }

    @Test
    void forgetsEverythingWhenCleared() {
        ranking.add(5, 1);
        ranking.clear();
        ranking.add(7, 2);
        ranking.sort();

        assertThat(ids()).containsExactly(7);
    }

    @Test
    void agreesWithAComparatorOnRandomScores() {
        Cases.check(100, seed -> {
            Random random = new Random(seed);
            ranking.clear();
            List<Integer> expected = new ArrayList<>();
            float[] scores = new float[1 + random.nextInt(300)];
            for (int id = 0; id < scores.length; id++) {
                scores[id] = random.nextInt(3) == 0 ? random.nextInt(3) - 1 : (float) random.nextGaussian();
                ranking.add(id, scores[id]);
                expected.add(id);
            }
            ranking.sort();
            expected.sort(
                    Comparator.comparingDouble((Integer id) -> -scores[id]).thenComparing(id -> id));
            assertThat(ids()).isEqualTo(expected);
        });
    }

    private List<Integer> ids() {
        List<Integer> ids = new ArrayList<>();
        for (int rank = 0; rank < ranking.size(); rank++) {
            ids.add(ranking.id(rank));
        }
        return ids;
    }
}
