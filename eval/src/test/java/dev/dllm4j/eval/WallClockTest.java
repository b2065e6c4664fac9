package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WallClockTest {
    private long now;

    @Test
    void systemsTakeTurnsAndTheMedianCounts() throws IOException {
        List<String> steps = new ArrayList<>();

        ObjectNode measured = new WallClock(exam(), 3, () -> now)
                .measure(
                        List.of(
                                new WallClock.Contender("plain", new Slow(40, 8, 10, 20, 12)),
                                new WallClock.Contender("fast", new Slow(4, 1, 2, 4, 1))),
                        steps::add);

        assertThat(steps)
                .containsExactly(
                        "warm-up, plain",
                        "warm-up, fast",
                        "round 1 of 3, plain",
                        "round 1 of 3, fast",
                        "round 2 of 3, plain",
                        "round 2 of 3, fast",
                        "round 3 of 3, plain",
                        "round 3 of 3, fast");
        assertThat(measured.path("items").intValue()).isEqualTo(2);
        JsonNode fast = measured.path("systems").path(1);
        assertThat(fast.path("seconds").toString()).isEqualTo("[2.0,4.0,1.0]");
        assertThat(fast.path("median_seconds").doubleValue()).isEqualTo(2);
        assertThat(fast.path("wall_speedup").doubleValue()).isEqualTo(6);
        assertThat(fast.path("wall_speedup_by_round").toString()).isEqualTo("[5.0,5.0,12.0]");
        assertThat(fast.path("mean_forwards").doubleValue()).isEqualTo(4);
        assertThat(fast.path("forward_speedup").doubleValue()).isEqualTo(10);
        assertThat(measured.path("systems").path(0).path("wall_speedup").doubleValue())
                .isEqualTo(1);
        assertThat(WallClock.median(new double[] {4, 1, 3, 2})).isCloseTo(2.5, within(1e-12));
    }

    @Test
    void aRoundMustBeTimed() throws IOException {
        Exam exam = exam();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WallClock(exam, 0))
                .withMessage("rounds is 0; it must be at least 1");
    }

    /** Takes so many seconds for a round, the warm-up first. */
    private final class Slow implements Answerer {
        private final int forwards;
        private final int[] seconds;
        private int round;

        Slow(int forwards, int... seconds) {
            this.forwards = forwards;
            this.seconds = seconds;
        }

        @Override
        public ObjectNode json() {
            return new ObjectMapper().createObjectNode();
        }

        @Override
        public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
            now += seconds[round++] * 1_000_000_000L;
            for (Exam.Asked asked : questions) {
                ObjectNode usage = new ObjectMapper().createObjectNode();
                usage.putObject("work").put("forwards", forwards);
                lines.accept(Item.answered(asked.task(), asked.question(), "#### 2", 0, usage));
            }
        }
    }

    private static Exam exam() throws IOException {
        String lines = "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n".repeat(2);
        return new Exam(
                Task.PLAIN,
                QuestionFile.read("sums.jsonl", new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8))),
                Shots.NONE,
                true);
    }
}
