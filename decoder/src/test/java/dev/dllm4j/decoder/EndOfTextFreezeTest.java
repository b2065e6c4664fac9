package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.stop.EndOfTextFreeze;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.unmask.Revision;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions worked out by hand. The generation area is positions 5 to 10; every forward is sure of some of them. */
class EndOfTextFreezeTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;
    private static final int[] PROMPT = {1, 1, 1, 1, 1};

    /** Property 7 of Elastic-Cache: ends at 8 and 10 leave 5 to 7; a later end at 6 leaves 7 as it is. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual"})
    void theFirstStepThatCommitsAnEndFreezesWhatIsBehindTheLeftmostOfIts(String cache) {
        Decoding decoding = start(cache, Map.of(0, new int[] {8, 10}, 1, new int[] {6}, 2, new int[] {5, 7}));

        StepReport first = decoding.step();
        assertThat(first.commits()).extracting(Commit::position).containsExactly(8, 10);
        assertThat(first.length()).isEqualTo(11);
        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(6);
        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(5, 7);

        assertThat(decoding.done()).isTrue();
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(decoding.tokens()).containsExactly(1, 1, 1, 1, 1, 2, END, 2, END, MASK, END);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "dual"})
    void whatIsFrozenIsNeverSettled(String cache) {
        Decoding decoding = start(cache, Map.of(0, new int[] {6}, 1, new int[] {5}));

        assertThat(decoding.step().settledEnd()).isEqualTo(5);
        assertThat(decoding.step().settledEnd()).isEqualTo(7);
        assertThat(decoding.done()).isTrue();
        assertThat(decoding.settled()).containsExactly(2, END);
    }

    /** What is doubted behind the end stays; what is doubted before it is decoded again. */
    @ParameterizedTest
    @ValueSource(strings = {"blocks(6)", "leftmost(6)", "all"})
    void whatIsBehindAFrozenEndIsNotTakenBack(String window) {
        ScriptedPredictor model = new ScriptedPredictor((forward, position) -> forward == 0
                ? position == 8
                        ? Prediction.of(END, 0.99)
                        : Prediction.of(position == 7 ? 3 : 2, position % 2 == 0 ? 0.1 : 0.9)
                : Prediction.of(4, 0.8));
        DecodingConfig config = DecodingConfig.DEFAULT
                .withStop(new EndOfTextFreeze())
                .withFrame(Window.parse(window), 6, 6)
                .withStrategy(new Revision(0.7, 0.3));
        Decoding decoding = new Decoding(model, PROMPT, config);

        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(5, 7, 8, 9);
        StepReport second = decoding.step();
        assertThat(second.takenBack()).containsExactly(5, 7, 8);
        assertThat(second.commits()).extracting(Commit::position).containsExactly(6);
        decoding.steps().forEach(report -> {});
        assertThat(decoding.tokens()).containsExactly(1, 1, 1, 1, 1, 4, 4, 4, 4, 2, MASK);
    }

    /** Sure at each forward of the positions given for it: ends at even ones and at 5 to 7 where they are odd, 2. */
    private static Decoding start(String cache, Map<Integer, int[]> sure) {
        ScriptedPredictor model = new ScriptedPredictor((forward, position) -> {
            for (int named : sure.getOrDefault(forward, new int[0])) {
                if (named == position) {
                    return Prediction.of(position % 2 == 0 ? END : 2, 0.99);
                }
            }
            return Prediction.of(3, 0.2);
        });
        RefreshPolicy policy = CacheSpec.parse(cache);
        DecodingConfig config = DecodingConfig.DEFAULT
                .withStop(new EndOfTextFreeze())
                .withFrame(new Leftmost(16), 6, 6)
                .withCache(policy);
        return new Decoding(model, PROMPT, config);
    }
}
