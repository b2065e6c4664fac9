package dev.dllm4j.decoder.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StopRuleTest {
    private static final int END = ScriptedPredictor.END;

    private final Canvas canvas = new Canvas(new int[] {1, END}, 6, ScriptedPredictor.MASK);

    @Test
    void anEndTokenWithNoMaskBeforeItEndsTheText() {
        commit(2, 5);
        commit(3, END);

        assertThat(after("eot")).isEqualTo(new Tail.Truncate(4));
    }

    @Test
    void anEndTokenBehindAMaskDoesNotEndTheTextYet() {
        commit(3, END);
        assertThat(after("eot")).isEqualTo(new Tail.Keep());

        commit(2, 5);
        assertThat(after("eot")).isEqualTo(new Tail.Truncate(4));
    }

    @Test
    void theFirstOfSeveralEndTokensCounts() {
        commit(2, 5);
        commit(3, END);
        commit(4, END);
        commit(7, END);

        assertThat(after("eot")).isEqualTo(new Tail.Truncate(4));
    }

    @Test
    void anEndTokenAtTheVeryEndCutsNothingOff() {
        for (int position = 2; position < 7; position++) {
            commit(position, 5);
        }
        commit(7, END);

        assertThat(after("eot")).isEqualTo(new Tail.Truncate(8));
    }

    @Test
    void anEndTokenOfThePromptIsNoEnd() {
        commit(2, 5);

        assertThat(after("eot")).isEqualTo(new Tail.Keep());
    }

    @Test
    void anEndTokenInsideABlockWaitsUntilTheBlockIsFilled() {
        commit(2, 5);
        commit(3, END);
        assertThat(after("eot(when=block)", new Part(0, 2, 5))).isEqualTo(new Tail.Keep());

        commit(4, 6);
        assertThat(after("eot(when=block)", new Part(0, 2, 5))).isEqualTo(new Tail.Truncate(4));
    }

    @Test
    void aBlockWithoutAnEndTokenEndsNothing() {
        commit(2, 5);
        commit(3, 6);
        commit(4, END);

        assertThat(after("eot(when=block)", new Part(0, 2, 4))).isEqualTo(new Tail.Truncate(5));
        assertThat(after("eot(when=block)", new Part(1, 4, 6))).isEqualTo(new Tail.Keep());
    }

    @Test
    void theFullCanvasNeverStopsEarly() {
        commit(2, END);

        assertThat(after("full")).isEqualTo(new Tail.Keep());
    }

    @ParameterizedTest
    @ValueSource(strings = {"eot", "eot(when=block)", "eotp", "eos-freeze", "full"})
    void readsAndPrintsItsSpec(String spec) {
        StopRule rule = StopRule.parse(spec);

        assertThat(rule).hasToString(spec);
        assertThat(StopRule.parse(rule.toString())).isEqualTo(rule);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "never  | stop rule is never; known are eot, eot(when=block), eotp, eos-freeze, full",
                "eot(1) | when of eot is 1; it must be one of step, block",
                "eotp(1) | eotp(1) has too many values; eotp takes none"
            })
    void refusesWhatItDoesNotKnow(String spec, String message) {
        assertThatThrownBy(() -> StopRule.parse(spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private void commit(int position, int token) {
        canvas.apply(new Commit(position, token, 1));
    }

    private Tail after(String spec) {
        return after(spec, new Part(0, 2, 8));
    }

    private Tail after(String spec, Part part) {
        StepView view = new StepView(canvas, part, new Positions(0), new Predictions(), 0, new Noise(0));
        return StopRule.parse(spec).start(ScriptedPredictor.spec(Family.LLADA)).after(view, new Positions(0));
    }
}
