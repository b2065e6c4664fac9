package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.WholeCanvas;
import org.junit.jupiter.api.Test;

final class HierarchyTest {
    @Test
    void theBestOfEachRunOfMasksCommitsIfItIsAboveTheLowBar() {
        // The first step splits the masks at 12: into 10 to 11 and 13 to 15.
        ScriptedRun run = run(0.9, 0.4, 0.5, 0.45, 0.95, 0.41, 0.42, 0.3);

        assertThat(run.step()).containsExactly(12);
        assertThat(run.step()).containsExactly(10, 14);
        assertThat(run.step()).containsExactly(11, 13);
        assertThat(run.step()).containsExactly(15);
    }

    @Test
    void everyPositionAboveTheThresholdCommitsAndOneEqualToItWaits() {
        assertThat(run(0.75, 0.4, 0.5, 0.8, 0.76, 0.75).step()).containsExactly(11, 12);
    }

    @Test
    void theBestOfAllCommitsHoweverUnsure() {
        assertThat(run(0.9, 0.4, 0.1, 0.3, 0.2).step()).containsExactly(11);
    }

    @Test
    void aLowBarOfZeroCommitsTheBestOfEveryRun() {
        ScriptedRun run = run(0.9, 0, 0.1, 0.2, 0.95, 0.1, 0.05);

        assertThat(run.step()).containsExactly(12);
        assertThat(run.step()).containsExactly(11, 13);
        assertThat(run.step()).containsExactly(10, 14);
    }

    @Test
    void refusesBarsThatAreNoFiniteNumbers() {
        assertThatThrownBy(() -> new Hierarchy(Double.NaN, 0.4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold is NaN; it must be a finite number, e.g. 0.9");
        assertThatThrownBy(() -> new Hierarchy(0.9, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("low is NaN; it must be a finite number, e.g. 0.4");
    }

    private static ScriptedRun run(double threshold, double low, double... confidences) {
        return new ScriptedRun(
                new Hierarchy(threshold, low), new WholeCanvas(), confidences.length, 1, ScriptedRun.each(confidences));
    }
}
