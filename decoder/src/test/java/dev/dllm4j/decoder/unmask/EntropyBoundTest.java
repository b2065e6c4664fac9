package dev.dllm4j.decoder.unmask;

import static dev.dllm4j.decoder.unmask.EntropyBound.Sum.ALL;
import static dev.dllm4j.decoder.unmask.EntropyBound.Sum.OTHERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EntropyBoundTest {
    @Test
    void theSumOfAllStaysBelowTheBound() {
        assertThat(firstStep(0.6, ALL, 0.4, 0.2, 1.0, 0.3)).containsExactly(11, 13);
        assertThat(firstStep(0.5, ALL, 0.25, 0.25)).containsExactly(10);
    }

    @Test
    void theSumOfTheOthersLeavesTheLargestOut() {
        assertThat(firstStep(0.6, OTHERS, 0.4, 0.2, 1.0, 0.3)).containsExactly(11, 13, 10);
        assertThat(firstStep(0.5, OTHERS, 0.25, 0.25, 0.75, 0.75)).containsExactly(10, 11, 12);
    }

    @Test
    void theLowestEntropyCommitsHoweverLarge() {
        assertThat(firstStep(0.35, ALL, 0.9, 0.7, 0.8)).containsExactly(11);
        assertThat(firstStep(0.35, OTHERS, 0.9, 0.7, 0.8)).containsExactly(11);
        assertThat(firstStep(-1, OTHERS, 0.9, 0, 0.8)).containsExactly(11);
    }

    @Test
    void whatCommitsBecauseSomeMustIsNotAccepted() {
        ScriptedRun run = run(0.6, ALL, 0.7, 0.9);
        run.step();
        assertThat(run.selector().accepted(10)).isFalse();

        ScriptedRun within = run(0.6, ALL, 0.2, 0.9);
        within.step();
        assertThat(within.selector().accepted(10)).isTrue();
    }

    @Test
    void neverReachesBeyondABlock() {
        ScriptedRun run = new ScriptedRun(new EntropyBound(10), new Blocks(4), 6, 1, ScriptedRun.always(0.9));

        assertThat(run.counts()).containsExactly(4, 2);
    }

    @Test
    void refusesABoundThatIsNoFiniteNumber() {
        assertThatThrownBy(() -> new EntropyBound(Double.POSITIVE_INFINITY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bound is Infinity; it must be a finite number, e.g. 0.35");
    }

    private static List<Integer> firstStep(double bound, EntropyBound.Sum sum, double... nats) {
        return run(bound, sum, nats).step();
    }

    private static ScriptedRun run(double bound, EntropyBound.Sum sum, double... nats) {
        return new ScriptedRun(
                new EntropyBound(bound, sum), new WholeCanvas(), nats.length, 1, ScriptedRun.entropies(nats));
    }
}
