package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.WholeCanvas;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FactorTest {
    /** Bars of factor 1: none, 2/3, 3/4, 4/5, 5/6. */
    @Test
    void eachFurtherPositionMustBeSurer() {
        assertThat(firstStep(1, 0.1, 0.05, 0.05, 0.05)).containsExactly(10);
        assertThat(firstStep(1, 0.7, 0.67, 0.3, 0.3)).containsExactly(10, 11);
        assertThat(firstStep(1, 0.7, 0.66, 0.3, 0.3)).containsExactly(10);
        assertThat(firstStep(1, 0.81, 0.8, 0.76, 0.3, 0.3)).containsExactly(10, 11, 12);
        assertThat(firstStep(1, 0.8, 0.8, 0.74, 0.8, 0.3, 0.3)).containsExactly(10, 11, 13);
        assertThat(firstStep(1, 0.84, 0.84, 0.84, 0.84, 0.84)).hasSize(5);
    }

    @Test
    void aConfidenceEqualToItsBarIsEnough() {
        assertThat(firstStep(1, 0.75, 0.75, 0.75, 0.3, 0.3)).containsExactly(10, 11, 12);
    }

    @Test
    void theLastPositionIsTakenAlongWhereItAloneFails() {
        assertThat(firstStep(1, 0.7, 0.7, 0.1)).containsExactly(10, 11, 12);
        assertThat(firstStep(1, 0.2, 0.1)).containsExactly(10, 11);
        assertThat(firstStep(1, 0.2)).containsExactly(10);
    }

    @Test
    void aLargerFactorCommitsMore() {
        assertThat(firstStep(0.5, 0.8, 0.8, 0.8, 0.8)).containsExactly(10);
        assertThat(firstStep(1.5, 0.8, 0.7, 0.65, 0.4, 0.4)).containsExactly(10, 11, 12);
        assertThat(firstStep(100, 0.1, 0.1, 0.1, 0.1)).hasSize(4);
    }

    @Test
    void refusesAFactorThatIsNoFiniteNumber() {
        assertThatThrownBy(() -> new Factor(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("factor is NaN; it must be a finite number, e.g. 1.0");
    }

    private static List<Integer> firstStep(double factor, double... confidences) {
        return new ScriptedRun(
                        new Factor(factor), new WholeCanvas(), confidences.length, 1, ScriptedRun.each(confidences))
                .step();
    }
}
