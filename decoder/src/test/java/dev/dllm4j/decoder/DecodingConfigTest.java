package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.EndOfText;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DecodingConfigTest {
    private static final DecodingConfig DEFAULT = DecodingConfig.DEFAULT;

    @Test
    void theDefaultsAreTheDocumentedOnes() {
        assertThat(DEFAULT)
                .isEqualTo(new DecodingConfig(
                        new Blocks(32),
                        new ConfidenceThreshold(0.9),
                        new NoCache(),
                        new EndOfText(),
                        128,
                        128,
                        new Sampling(0, 0, 1, 0),
                        Guidance.NONE));
    }

    @Test
    void aVariantDiffersInWhatItIsNamedAfter() {
        assertThat(DEFAULT.withWindow(new WholeCanvas()).window()).isEqualTo(new WholeCanvas());
        assertThat(DEFAULT.withStrategy(new FixedSchedule()).strategy()).isEqualTo(new FixedSchedule());
        assertThat(DEFAULT.withStop(new FullCanvas()).stop()).isEqualTo(new FullCanvas());
        assertThat(DEFAULT.withSteps(64).steps()).isEqualTo(64);
        assertThat(DEFAULT.withSampling(new Sampling(1, 0, 1, 5)).sampling().seed())
                .isEqualTo(5);
        assertThat(DEFAULT.withGuidance(2).guidance().scale()).isEqualTo(2);
        assertThat(DEFAULT.withSteps(64).withGuidance(2).withSteps(128).withGuidance(0))
                .isEqualTo(DEFAULT);
    }

    @Test
    void anotherGenLengthTakesAsManySteps() {
        assertThat(DEFAULT.withGenLength(64).genLength()).isEqualTo(64);
        assertThat(DEFAULT.withGenLength(64).steps()).isEqualTo(64);
    }

    @Test
    void onlyAScheduleThatBlocksMustShareEvenlyRefusesStepsTheyCannot() {
        DecodingConfig hundred = DEFAULT.withGenLength(100);
        assertThat(hundred.withSteps(7).steps()).isEqualTo(7);
        assertThat(hundred.withStrategy(new FixedSchedule()).steps()).isEqualTo(100);
        assertThatThrownBy(() -> hundred.withStrategy(new FixedSchedule()).withSteps(60))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 60 for gen length 100 in blocks of 32; a whole block must get a whole number of"
                        + " them, e.g. steps 50");
    }

    @Test
    void onlyAStrategyWithAScheduleCaresForTheSteps() {
        assertThat(DEFAULT.withSteps(7).steps()).isEqualTo(7);
        assertThatThrownBy(() -> DEFAULT.withSteps(7).withStrategy(new FixedSchedule()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("steps is 7 for 4 blocks");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.5, Double.NaN, 1000.5, 1e38, Double.POSITIVE_INFINITY})
    void refusesGuidanceThatIsNoScale(double guidance) {
        assertThatThrownBy(() -> DEFAULT.withGuidance(guidance))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("guidance is " + guidance + "; it must be within [0, 1000], 0 for none");
    }

    @Test
    void aStrategyThatProposesTokensTakesNoSampling() {
        DecodingConfig credited = DEFAULT.withStrategy(UnmaskingStrategy.parse("credit"));

        assertThatThrownBy(() -> credited.withSampling(new Sampling(0.8, 0, 1, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("temperature is 0.8, top-k 0 and top-p 1.0;"
                        + " credit(alpha=0.65,beta=0.7,gamma=0.2,then=threshold(0.9)) proposes the best tokens of its"
                        + " own scores, so use temperature 0, top-k 0 and top-p 1");
    }

    @Test
    void guidanceDoesNotGoWithKeptRows() {
        Canvas canvas = new Canvas(new int[] {1}, 2, 9);
        SequenceRows kept = new SequenceRows(1, 3, 4);

        assertThatThrownBy(() -> new RowRequest(
                        canvas,
                        Positions.of(0),
                        new Demand(1),
                        new Predictions(),
                        new Guidance(0.5),
                        kept,
                        () -> false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("guidance is 0.5; kept rows belong to the unguided canvas, so use cache none");
    }
}
