package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LmEvalJsonTest {
    @Test
    void theLayoutIsTheHarnesss() throws IOException {
        JsonNode summary = new ObjectMapper()
                .readTree(Objects.requireNonNull(LmEvalJsonTest.class.getResourceAsStream("summary.json")));

        JsonNode json = LmEvalJson.of(summary, Task.GSM8K, 1319, Instant.ofEpochMilli(1500));

        JsonNode scores = json.path("results").path("gsm8k");
        assertThat(scores.path("exact_match,strict-match").doubleValue()).isEqualTo(0.4);
        // sample deviation of two ones and three noughts, over the root of five
        assertThat(scores.path("exact_match_stderr,strict-match").doubleValue())
                .isCloseTo(0.2449489742783178, within(1e-12));
        assertThat(scores.path("exact_match,flexible-extract").doubleValue()).isEqualTo(0.4);
        assertThat(json.path("n-samples").path("gsm8k").toString()).isEqualTo("{\"original\":1319,\"effective\":5}");
        assertThat(json.path("config").path("limit").intValue()).isEqualTo(5);
        assertThat(json.path("configs").path("gsm8k").path("generation_kwargs").toString())
                .isEqualTo("{\"do_sample\":false,\"until\":[\"Question:\",\"</s>\",\"<|im_end|>\"]}");
        assertThat(json.path("versions").path("gsm8k").doubleValue()).isEqualTo(3);
        assertThat(json.path("date").doubleValue()).isEqualTo(1.5);
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly(
                        "results",
                        "group_subtasks",
                        "configs",
                        "versions",
                        "n-shot",
                        "higher_is_better",
                        "n-samples",
                        "config",
                        "date",
                        "model_name",
                        "total_evaluation_time_seconds");
    }
}
