package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.golden.GoldenFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** dllm's schedule, against counts that the original planned. */
final class DllmQuotaTest {
    private static final Path RECORDED = GoldenFolder.projectRoot()
            .resolve(System.getProperty("dllm4j.golden.families", "../shared/golden-families"))
            .resolve("traces/qwen3_mdlm.json")
            .normalize();

    @ParameterizedTest
    @CsvSource({
        "10, 4, linear, 2 3 2 3",
        "7, 3, linear, 2 2 3",
        "24, 5, linear, 5 5 5 4 5",
        "8, 16, linear, 1 1 1 1 1 1 1 1",
        "32, 20, linear, 2 2 2 2 2 1 2 1 2 1 2 1 1 2 2 1 2 1 2 1",
        "11, 2, linear, 6 5",
        "1, 1, linear, 1",
        "10, 4, cosine, 1 2 3 4",
        "4, 4, cosine, 1 1 2",
        "21, 10, cosine, 1 1 2 2 3 3 3 3 3"
    })
    void plansWhatTheOriginalDoes(int masks, int steps, String alpha, String counts) {
        assertThat(counts(alpha, new WholeCanvas(), masks, steps)).hasToString("[" + counts.replace(" ", ", ") + "]");
    }

    @Test
    void agreesWithEveryRecordedSchedule() throws IOException {
        assumeTrue(
                Files.exists(RECORDED),
                () -> "no recorded schedules at " + RECORDED + "; -Ddllm4j.golden.families=DIR names their folder");
        JsonNode schedules = new ObjectMapper().readTree(RECORDED.toFile()).get("schedules");

        assertThat(schedules).isNotEmpty();
        for (JsonNode schedule : schedules) {
            for (String alpha : List.of("linear", "cosine")) {
                List<Integer> recorded = new ArrayList<>();
                schedule.get(alpha).forEach(count -> recorded.add(count.intValue()));
                int masks = schedule.get("masks").intValue();
                assertThat(counts(
                                alpha,
                                new WholeCanvas(),
                                masks,
                                schedule.get("steps").intValue()))
                        .as(alpha + " " + schedule)
                        .isEqualTo(recorded);
            }
        }
    }

    /** A prompt of 13, 20 new tokens, block 8 and 10 steps make 12 forwards. */
    @Test
    void everyBlockGetsItsShareOfTheStepsRoundedUp() {
        assertThat(counts("linear", new Blocks(8), 20, 10)).containsExactly(2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1);
        assertThat(counts("linear", new Blocks(16), 24, 24)).hasSize(20);
        assertThat(counts("cosine", new Blocks(8), 24, 15)).hasSize(12);
    }

    @Test
    void blocksThatAreCountedFromTheStartShareTheStepsToo() {
        assertThat(counts("linear", new Blocks(8, Blocks.From.START), 22, 6)).containsExactly(3, 3, 4, 4, 4, 4);
    }

    @Test
    void aBlockOfGivenTextPlansItsMasksAlone() {
        Draft draft = Draft.text(1, 2, 3)
                .thenMasks(5)
                .thenText(4, 4, 4, 4)
                .thenMasks(2)
                .thenText(7);
        ScriptedRun run = new ScriptedRun(
                UnmaskingStrategy.parse("schedule(rounding=dllm)"), new Blocks(4), draft, 6, ScriptedRun.always(0.5));

        assertThat(run.finish())
                .containsExactly(List.of(13), List.of(14, 15), List.of(16, 17), List.of(22), List.of(23));
    }

    @Test
    void aStepBehindTheLastTakesWhatAnEarlierOneCouldNotPredict() {
        ScriptedRun run = new ScriptedRun(
                UnmaskingStrategy.parse("schedule(rounding=dllm)"),
                new WholeCanvas(),
                10,
                4,
                (step, position) -> step == 1 && position > 12 ? ScriptedRun.ABSENT : 0.5f);

        assertThat(run.counts()).containsExactly(2, 1, 2, 3, 2);
    }

    @Test
    void stepsThatAreAlmostAllEmptyAreRefused() {
        UnmaskingStrategy strategy = UnmaskingStrategy.parse("schedule(rounding=dllm)");

        assertThat(strategy.start(new Plan(4, 2, 4000))).isNotNull();
        assertThatThrownBy(() -> strategy.start(new Plan(4, 2, 4001)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 4001 for gen length 4; almost all of them would be empty, so use steps 4000 or"
                        + " fewer");
    }

    @Test
    void cosineIsRefusedWhereTheScheduleIsEven() {
        assertThatThrownBy(() -> UnmaskingStrategy.parse("schedule(alpha=cosine)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "alpha is cosine and rounding first, which is linear; leave alpha out or use rounding=dllm");
    }

    private static List<Integer> counts(String alpha, Window window, int masks, int steps) {
        UnmaskingStrategy strategy = UnmaskingStrategy.parse("schedule(rounding=dllm,alpha=" + alpha + ")");
        return new ScriptedRun(strategy, window, masks, steps, ScriptedRun.always(0.5)).counts();
    }
}
