package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Script;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an answer ends, in the readings of LLaDA2's samplers, whose faults are not repeated. */
final class AnswerEndTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;

    /** Its end token shares a block with the first masks. */
    private static final int[] PROMPT = {1, 2, 3, 4, END, 5};

    /** Six masks, the first two in the prompt's block of four; position 8 is the surest and is the end. */
    private static final Script END_AT_8 = (forward, position) -> switch (position) {
        case 8 -> Prediction.of(END, 0.95);
        case 9 -> Prediction.of(9, 0.94);
        case 6 -> Prediction.of(6, 0.7);
        default -> Prediction.of(7, 0.6);
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "threshold(0.9,equal=waits) | eot             | 3",
                "threshold(0.9,equal=waits) | eot(when=block) | 5",
                "dynamic(0.9,steps=4)       | eot             | 3",
                "dynamic(0.9,steps=4)       | eot(when=block) | 5",
                "dynamic(0.9,steps=1)       | eot             | 2",
                "threshold(0.5,ties=near)   | eot(when=block) | 2"
            })
    void anEndTokenOfThePromptEndsNothingAndTheAnswersOwnDoes(String strategy, String stop, int forwards) {
        Decoding decoding = decoding(strategy, stop, PROMPT, 10, END_AT_8);
        decoding.steps().forEach(report -> {});

        assertThat(decoding.tokens()).containsExactly(1, 2, 3, 4, END, 5, 6, 7, END);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(decoding.work().forwards()).isEqualTo(forwards);
    }

    /** LLaDA2.0's own early stop and diffusers' look at an end only in the step that commits it. */
    @Test
    void anEndThatWasCommittedBeforeItsLeftNeighboursIsNotForgotten() {
        Decoding decoding = decoding(
                "threshold(0.9)", "eot", new int[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, (f, position) -> switch (position) {
                    case 9 -> Prediction.of(END, 0.95);
                    case 8 -> Prediction.of(7, 0.6);
                    default -> Prediction.of(7, 0.3);
                });

        assertThat(decoding.step().commits()).hasSize(1);
        decoding.step();
        assertThat(decoding.done()).isTrue();
        assertThat(decoding.tokens()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 7, END);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "threshold(0.95,equal=waits)",
                "threshold(0.8,ties=near)",
                "dynamic(0.8,steps=4)",
                "dynamic(0.95,steps=8,minimal-topk=3)",
                "credit(then=threshold(0.8,ties=near))",
                "hierarchy(0.92,0.62)",
                "schedule(rounding=dllm)"
            })
    void anAnswerHoldsNoMaskAndAnEndAtItsLastPositionAlone(String strategy) {
        for (String stop : new String[] {"eot", "eot(when=block)"}) {
            Cases.check(100, seed -> {
                Random random = new Random(seed);
                int[] prompt = random.ints(1 + random.nextInt(9), 0, MASK).toArray();
                int length = 3 + random.nextInt(20);
                Decoding decoding = decoding(strategy, stop, prompt, length, random(seed));
                decoding.steps().forEach(report -> {});
                int[] answer = Arrays.copyOfRange(decoding.tokens(), prompt.length, decoding.tokens().length);

                assertThat(answer).isNotEmpty().doesNotContain(MASK);
                assertThat(IntStream.range(0, answer.length - 1).map(place -> answer[place]))
                        .doesNotContain(END);
                boolean ended = answer[answer.length - 1] == END;
                assertThat(ended || answer.length == length).isTrue();
                assertThat(decoding.finishReason()).isEqualTo(ended ? FinishReason.STOP : FinishReason.LENGTH);
            });
        }
    }

    /** One token in eight is the end. */
    private static Script random(long seed) {
        return (forward, position) -> {
            Random random = new Random(seed * 1_000_003 + forward * 1_009L + position);
            random.nextInt();
            int token = random.nextInt(8) == 0 ? END : random.nextInt(END);
            return Prediction.of(token, 0.1 + 0.9 * random.nextDouble());
        };
    }

    private static Decoding decoding(String strategy, String stop, int[] prompt, int length, Script script) {
        DecodingConfig config = DecodingConfig.DEFAULT
                .withFrame(Window.parse("blocks(4,from=start)"), length, length)
                .withStrategy(UnmaskingStrategy.parse(strategy))
                .withStop(StopRule.parse(stop));
        return new Decoding(new ScriptedPredictor(Family.LLADA, script), prompt, config);
    }
}
