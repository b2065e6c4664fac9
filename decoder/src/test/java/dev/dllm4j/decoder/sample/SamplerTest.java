package dev.dllm4j.decoder.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.testing.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SamplerTest {
    private static final Noise NOISE = new Noise(3);

    /** The last token is the mask, and the largest of all. */
    private static final float[] ROW = {1, 3, 2, 0, -1, 4};

    private static final double WITHOUT_MASK = Math.exp(1) + Math.exp(3) + Math.exp(2) + 1 + Math.exp(-1);

    @ParameterizedTest
    @EnumSource(Family.class)
    void thePlainProposalStaysAndNeedsNoRows(Family family) {
        Sampler sampler = new Sampler(Sampling.GREEDY, Rows.spec(family, ROW.length));
        Demand demand = new Demand(1);
        sampler.demand(demand, 0, NOISE);
        Predictions predictions = new Predictions();
        predictions.reset(demand, 4);
        sampler.propose(predictions);

        assertThat(demand.wantsFullRows()).isFalse();
    }

    @Test
    void aDrawNeedsRowsAndSoDoesDreamsFilteredConfidence() {
        assertThat(needsRows(Family.LLADA, new Sampling(1, 0, 1, 0))).isTrue();
        assertThat(needsRows(Family.DREAM, new Sampling(1, 0, 1, 0))).isTrue();
        assertThat(needsRows(Family.LLADA, new Sampling(0, 2, 0.9, 0))).isFalse();
        assertThat(needsRows(Family.DREAM, new Sampling(0, 2, 1, 0))).isTrue();
    }

    @Test
    void lladasConfidenceIsTheModelsOwnWhateverTheTemperature() {
        Predictions predictions = Rows.at(ROW, 0, 1, 2, 3, 4, 5);
        propose(Family.LLADA, new Sampling(2.5, 4, 0.95, 0), predictions);

        for (int slot = 0; slot < predictions.size(); slot++) {
            double own = Math.exp(ROW[predictions.token(slot)]) / (WITHOUT_MASK + Math.exp(4));
            assertThat(predictions.confidence(slot)).isCloseTo((float) own, within(1e-6f));
        }
    }

    @Test
    void dreamsConfidenceIsTheTemperedOneAmongTheOtherTokens() {
        Predictions predictions = Rows.at(ROW, 0, 1, 2, 3, 4, 5);
        propose(Family.DREAM, new Sampling(2, 2, 1, 0), predictions);

        for (int slot = 0; slot < predictions.size(); slot++) {
            double kept = Math.exp(1.5) + Math.exp(1);
            double filtered = Math.exp(ROW[predictions.token(slot)] / 2) / kept;
            assertThat(predictions.confidence(slot)).isCloseTo((float) filtered, within(1e-6f));
        }
    }

    @Test
    void dreamsBestTokenHasItsFilteredProbabilityAtTemperatureOne() {
        Predictions predictions = Rows.at(ROW, 7);
        propose(Family.DREAM, new Sampling(0, 2, 1, 0), predictions);

        assertThat(predictions.token(0)).isEqualTo(1);
        assertThat(predictions.confidence(0))
                .isCloseTo((float) (Math.exp(3) / (Math.exp(3) + Math.exp(2))), within(1e-6f));
    }

    @Test
    void dreamsMarginAndEntropyAreThoseOfTheFilteredTemperedDistribution() {
        Predictions predictions = Rows.at(ROW, 7);
        propose(Family.DREAM, new Sampling(2, 2, 1, 0), predictions);
        double best = Math.exp(1.5) / (Math.exp(1.5) + Math.exp(1));

        assertThat(predictions.margin(0)).isCloseTo((float) (2 * best - 1), within(1e-6f));
        assertThat(predictions.samplingEntropy(0))
                .isCloseTo((float) (-best * Math.log(best) - (1 - best) * Math.log(1 - best)), within(1e-6f));
        assertThat(predictions.entropy(0)).isZero();
    }

    @Test
    void lladasMarginAndEntropyAreTheModelsOwn() {
        Predictions predictions = Rows.at(ROW, 7);
        predictions.fill(0, 1, 0.5f, 2, 0.2f, 1.25f, 0);
        propose(Family.LLADA, new Sampling(2, 0, 1, 0), predictions);

        assertThat(predictions.margin(0)).isCloseTo(0.3f, within(1e-6f));
        assertThat(predictions.samplingEntropy(0)).isEqualTo(1.25f);
    }

    @Test
    void theLowestOfSeveralBestTokensIsDreamsBest() {
        float[] row = {1, 3, 3, 3, 0, 4};
        Predictions predictions = Rows.at(row, 7);
        Sampler sampler = new Sampler(new Sampling(0, 1, 1, 0), Rows.spec(Family.DREAM, row.length));
        Rows.propose(sampler, predictions, row, 0, NOISE);

        assertThat(predictions.token(0)).isEqualTo(1);
        assertThat(predictions.confidence(0)).isCloseTo(1 / 3f, within(1e-6f));
    }

    @Test
    void aTopPThatKeepsAllRemovesTheMaskFromDreamsConfidence() {
        Predictions predictions = Rows.at(ROW, 7);
        propose(Family.DREAM, new Sampling(0, 0, 0.999999, 0), predictions);

        assertThat(predictions.confidence(0)).isCloseTo((float) (Math.exp(3) / WITHOUT_MASK), within(1e-6f));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aTinyTemperatureDrawsTheBestToken(Family family) {
        Predictions predictions = Rows.at(ROW, 0, 1, 2, 3);
        propose(family, new Sampling(Double.MIN_VALUE, 0, 1, 0), predictions);

        for (int slot = 0; slot < predictions.size(); slot++) {
            assertThat(predictions.token(slot)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSameSeedDrawsTheSameTokens(Family family) {
        Sampling sampling = new Sampling(1.5, 0, 1, 9);
        int[] positions = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        Predictions first = Rows.at(ROW, positions);
        Predictions again = Rows.at(ROW, positions);
        Predictions other = Rows.at(ROW, positions);
        Sampler sampler = new Sampler(sampling, Rows.spec(family, ROW.length));
        Rows.propose(sampler, first, ROW, 4, new Noise(9));
        Rows.propose(sampler, other, ROW, 4, new Noise(10));
        Rows.propose(sampler, again, ROW, 4, new Noise(9));

        assertThat(tokens(again)).isEqualTo(tokens(first)).isNotEqualTo(tokens(other));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aDrawDoesNotDependOnTheOtherPositions(Family family) {
        Sampling sampling = new Sampling(1.5, 4, 0.97, 0);
        for (int position = 0; position < 30; position++) {
            Predictions among = Rows.at(ROW, 40, position, 3 + position, 50);
            Predictions alone = Rows.at(ROW, position);
            propose(family, sampling, among);
            propose(family, sampling, alone);

            assertThat(among.token(1)).isEqualTo(alone.token(0));
            assertThat(among.confidence(1)).isEqualTo(alone.confidence(0));
        }
    }

    @Test
    void anAbsentPositionIsLeftAlone() {
        Demand demand = new Demand(2);
        demand.positions().addRange(0, 2);
        Predictions predictions = new Predictions();
        predictions.reset(demand, 2);
        predictions.propose(0, 77, 0.125f);
        propose(Family.LLADA, new Sampling(1, 0, 1, 0), predictions);

        assertThat(predictions.present(0)).isFalse();
        assertThat(predictions.token(0)).isEqualTo(77);
    }

    private static boolean needsRows(Family family, Sampling sampling) {
        Demand demand = new Demand(1);
        new Sampler(sampling, Rows.spec(family, ROW.length)).demand(demand, 0, NOISE);
        return demand.wantsFullRows();
    }

    private static void propose(Family family, Sampling sampling, Predictions predictions) {
        Rows.propose(new Sampler(sampling, Rows.spec(family, ROW.length)), predictions, ROW, 0, NOISE);
    }

    private static int[] tokens(Predictions predictions) {
        int[] tokens = new int[predictions.size()];
        for (int slot = 0; slot < tokens.length; slot++) {
            tokens[slot] = predictions.token(slot);
        }
        return tokens;
    }
}
