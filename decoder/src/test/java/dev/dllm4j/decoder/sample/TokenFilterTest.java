package dev.dllm4j.decoder.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.Cases;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TokenFilterTest {
    /** Each weighs 1 of 4, without rounding. */
    private static final float[] FOUR_ALIKE = {0, 0, 0, 0};

    @Test
    void withoutFiltersEveryTokenStays() {
        assertThat(kept(0, 1, -3, 5, 0)).containsExactly(0, 1, 2);
    }

    @Test
    void topPKeepsTheTokenThatCrossesP() {
        // Probabilities 0.6, 0.3, 0.1.
        float[] row = logarithms(0.6, 0.3, 0.1);

        assertThat(kept(0, 0.5, row)).containsExactly(0);
        assertThat(kept(0, 0.7, row)).containsExactly(0, 1);
        assertThat(kept(0, 0.95, row)).containsExactly(0, 1, 2);
    }

    @Test
    void aPrefixThatEqualsPHasNotExceededIt() {
        assertThat(kept(0, 0.5, FOUR_ALIKE)).containsExactly(0, 1, 2);
        assertThat(kept(0, 0.49, FOUR_ALIKE)).containsExactly(0, 1);
        assertThat(kept(0, 0.51, FOUR_ALIKE)).containsExactly(0, 1, 2);
        assertThat(kept(0, 0.75, FOUR_ALIKE)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void topPKeepsAtLeastTheBest() {
        assertThat(kept(0, 1e-12, 1, 3, 2)).containsExactly(1);
    }

    /** Summed up in another order, all tokens together may weigh a rounding less than the whole. */
    @Test
    void aTopPJustBelowOneKeepsAll() {
        Cases.check(100, seed -> {
            Random random = new Random(seed);
            float[] row = new float[64];
            for (int token = 0; token < row.length; token++) {
                row[token] = (float) random.nextGaussian();
            }
            assertThat(kept(0, Math.nextDown(1.0), row)).hasSize(row.length);
        });
    }

    @Test
    void topPSumsUpTheTemperedDistribution() {
        float[] row = logarithms(0.6, 0.3, 0.1);

        // At temperature 1/2 the probabilities are 0.36, 0.09 and 0.01 of 0.46: 0.78, 0.2, 0.02.
        assertThat(keptAt(0.5, 0, 0.7, false, row)).containsExactly(0);
        // At temperature 2 they are 0.473, 0.334 and 0.193.
        assertThat(keptAt(2, 0, 0.82, false, row)).containsExactly(0, 1, 2);
    }

    @Test
    void topKKeepsAllThatTieWithTheKth() {
        assertThat(kept(2, 1, 5, 1, 3, 3, 0)).containsExactly(0, 2, 3);
        assertThat(kept(1, 1, 5, 1, 3, 3, 0)).containsExactly(0);
        assertThat(kept(4, 1, 5, 1, 3, 3, 0)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void aTopKOfTheVocabularyOrMoreKeepsAll() {
        assertThat(kept(3, 1, 5, 1, 3)).containsExactly(0, 1, 2);
        assertThat(kept(Integer.MAX_VALUE, 1, 5, 1, 3)).containsExactly(0, 1, 2);
    }

    @Test
    void theStricterOfBothFiltersCuts() {
        float[] row = logarithms(0.4, 0.3, 0.2, 0.1);

        assertThat(kept(3, 0.5, row)).containsExactly(0, 1);
        assertThat(kept(1, 0.5, row)).containsExactly(0);
    }

    @Test
    void topKDoesNotBringBackATieThatTopPCut() {
        assertThat(kept(2, 0.3, FOUR_ALIKE)).containsExactly(0, 1);
        assertThat(kept(1, 0.3, FOUR_ALIKE)).containsExactly(0, 1);
    }

    @Test
    void aTokenOfNegativeInfinityTakesNoPlace() {
        float gone = Float.NEGATIVE_INFINITY;

        assertThat(kept(2, 1, gone, 3, 2, 1)).containsExactly(1, 2);
        assertThat(kept(0, 0.9, gone, 3, -3, -3)).containsExactly(1);
    }

    @Test
    void agreesWithSortingTheWholeRow() {
        Cases.check(300, seed -> {
            Random random = new Random(seed);
            float[] row = new float[2 + random.nextInt(400)];
            for (int token = 0; token < row.length; token++) {
                row[token] = random.nextBoolean() ? random.nextInt(5) : (float) (4 * random.nextGaussian());
            }
            int topK = random.nextInt(row.length + 2);
            double topP = random.nextBoolean() ? 1 : 1 - random.nextDouble();
            double temperature = 0.2 + 2 * random.nextDouble();

            assertThat(keptAt(temperature, topK, topP, false, row))
                    .isEqualTo(NaiveFilter.kept(row, topK, topP, temperature));
        });
    }

    @Test
    void withTopKFirstPIsAShareOfWhatTopKLeaves() {
        float[] row = logarithms(0.6, 0.25, 0.1, 0.05);

        // Of the best three, 0.6316, 0.2632 and 0.1053.
        assertThat(keptAt(1, 3, 0.89, true, row.clone())).containsExactly(0, 1);
        assertThat(keptAt(1, 3, 0.89, false, row.clone())).containsExactly(0, 1, 2);
        assertThat(keptAt(1, 3, 0.9, true, row.clone())).containsExactly(0, 1, 2);
    }

    private static List<Integer> kept(int topK, double topP, float... row) {
        return keptAt(1, topK, topP, false, row);
    }

    private static List<Integer> keptAt(double temperature, int topK, double topP, boolean topKFirst, float[] row) {
        TokenFilter filter = new TokenFilter(topK, topP, topKFirst, temperature, row.length);
        float best = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            best = Math.max(best, logit);
        }
        filter.fit(row, best, new Weights(temperature, row.length));
        return IntStream.range(0, row.length)
                .filter(token -> filter.keeps(token, row[token]))
                .boxed()
                .toList();
    }

    private static float[] logarithms(double... probabilities) {
        float[] row = new float[probabilities.length];
        for (int token = 0; token < row.length; token++) {
            row[token] = (float) Math.log(probabilities[token]);
        }
        return row;
    }
}
