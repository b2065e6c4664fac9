package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What holds of every editing decoding, whatever a model says: random models, which know nothing of their canvas. */
final class EditingBoundTest {
    private static final List<String> READINGS = List.of("own", "hf", "diffusers", "sglang");
    private static final List<String> WINDOWS =
            List.of("blocks(4)", "blocks(4,from=start)", "blocks(8)", "leftmost(3)", "all");
    private static final List<String> THEN = List.of(
            "threshold(0.7,equal=waits)",
            "threshold(2)",
            "dynamic(0.5,steps=2)",
            "topk(3)",
            "credit",
            "schedule",
            "dream-schedule",
            "random");
    private static final List<String> CACHES =
            List.of("none", "dual", "prefix", "prefix(empty=skipped)", "dllm-cache(prompt=9,response=4)");

    private static final int LENGTH = 16;

    @Test
    void everyDecodingEndsWithinItsBoundAndNothingThatSettledChanges() {
        Cases.check(1000, seed -> {
            Random random = new Random(seed);
            Draft draft = draft(random);
            ScriptedPredictor model = model(random);
            Decoding decoding = new Decoding(model, new int[random.nextInt(7)], draft, config(random));
            int[] settled = {};
            int[] times = new int[ScriptedPredictor.CONTEXT];
            while (!decoding.done()) {
                StepReport report = decoding.step();
                for (Replace edit : report.edits()) {
                    assertThat(edit.position()).isGreaterThanOrEqualTo(decoding.promptLength() + settled.length);
                    times[edit.position()]++;
                }
                assertThat(Arrays.copyOf(decoding.settled(), settled.length)).isEqualTo(settled);
                settled = decoding.settled();
                assertThat(report.settledEnd()).isEqualTo(decoding.promptLength() + settled.length);
            }

            assertThat((long) decoding.work().forwards()).isBetween(1L, decoding.mostForwards());
            assertThat(decoding.finishReason()).isNotEqualTo(FinishReason.CANCELLED);
            assertThat(settled).doesNotContain(ScriptedPredictor.MASK);
            int[] tokens = decoding.tokens();
            int[] answer = Arrays.copyOfRange(tokens, decoding.promptLength(), tokens.length);
            assertThat(Arrays.copyOf(answer, settled.length)).isEqualTo(settled);
            if (!draft.hasText()) {
                assertThat(AnswerText.settled(decoding, model.spec()))
                        .isEqualTo(AnswerText.tokens(answer, model.spec()));
            }
            UnmaskingStrategy strategy = decoding.config().strategy();
            int forwards = decoding.config().plan().longestPart()
                    + strategy.emptySteps(decoding.config().plan())
                    + strategy.postSteps();
            // Not in the first forward of its part, which has nothing to edit.
            assertThat(Arrays.stream(times).max().orElse(0)).isLessThan(forwards);
        });
    }

    private static ScriptedPredictor model(Random random) {
        long seed = random.nextLong();
        double least = random.nextInt(3) * 0.3;
        return new ScriptedPredictor((forward, position) -> {
            Random said = new Random(seed ^ (forward * 8191L + position) * 0x9E3779B97F4A7C15L);
            int token = said.nextInt(ScriptedPredictor.MASK);
            return Prediction.of(token, Math.max(1.0 / 8, least + said.nextDouble() * (1 - least)));
        });
    }

    private static Draft draft(Random random) {
        Draft draft = random.nextInt(4) == 0
                ? Draft.masks(5).thenText(3, 4).thenMasks(4).thenText(5).thenMasks(4)
                : Draft.masks(LENGTH);
        return random.nextInt(3) == 0 ? draft.growing(3 + random.nextInt(6)) : draft;
    }

    private static DecodingConfig config(Random random) {
        double threshold = random.nextInt(4) == 0 ? 0 : random.nextDouble();
        String reading = one(READINGS, random);
        String steps = reading.equals("diffusers") && random.nextBoolean() ? ",steps=3" : "";
        String edit = "edit(" + threshold + ",post=" + random.nextInt(6) + steps + ",reading=" + reading + ",then="
                + one(THEN, random) + ")";
        return DecodingConfig.DEFAULT
                .withFrame(Window.parse(one(WINDOWS, random)), LENGTH, LENGTH)
                .withStrategy(
                        UnmaskingStrategy.parse(random.nextInt(5) == 0 ? "credit(then=edit(then=topk(1)))" : edit))
                .withCache(CacheSpec.parse(one(CACHES, random)))
                .withStop(StopRule.parse(one(StopRule.NAMES, random)));
    }

    private static String one(List<String> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }
}
