package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where an answer ends and what it is said to cost; a token is a step, and behind three of a prompt they count up from 3. */
class StopTest {
    private static final String COMPLETIONS = "/v1/completions";

    private final GatedServer gated = new GatedServer(
            "scripted",
            new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)),
            new TokenNames(),
            Optional.empty(),
            ServerOptions.DEFAULT);
    private final Client client = gated.client();

    @AfterEach
    void stop() {
        gated.close();
    }

    private static String request(String more) {
        return "{\"prompt\":[1,2,3],\"max_tokens\":32" + more + ",\"decoding\":{\"strategy\":\"topk(1)\"}}";
    }

    @Test
    void aStopStringEndsAnAnswerAsItEndsAStream() {
        gated.gate().open();
        for (String stop : List.of("\" 7\"", "[\"9 10\",\"11\"]", "\"3\"", "\"never\"")) {
            String stopped = ",\"stop\":" + stop;
            Reply whole = client.post(COMPLETIONS, request(stopped));
            Reply stream = client.post(
                    COMPLETIONS, request(stopped + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));

            List<String> events = stream.events("message");
            JsonNode usage = Client.json(events.get(events.size() - 2)).path("usage");
            JsonNode last = Client.json(events.get(events.size() - 3));
            assertThat(whole.text()).as(stop).isEqualTo(stream.streamed(0));
            assertThat(whole.json().at("/choices/0/finish_reason")).isEqualTo(last.at("/choices/0/finish_reason"));
            for (String count : List.of("completion_tokens", "prompt_tokens")) {
                assertThat(whole.json().path("usage").path(count))
                        .as(stop + count)
                        .isEqualTo(usage.path(count));
            }
            assertThat(whole.json().path("usage").path("work").path("forwards"))
                    .as(stop)
                    .isEqualTo(usage.path("work").path("forwards"));
        }
        Reply seven = client.post(COMPLETIONS, request(",\"stop\":\" 7\""));
        assertThat(seven.text()).isEqualTo("3 4 5 6");
        assertThat(seven.json().path("usage").path("work").path("forwards").asInt())
                .isEqualTo(5);
        assertThat(seven.json().at("/usage/completion_tokens").asInt()).isEqualTo(4);
    }

    @Test
    void theTimeOfSeveralChoicesIsThatOfTheLongest() {
        long begin = System.nanoTime();
        CompletableFuture<Reply> asked = client.postAsync(COMPLETIONS, request(",\"n\":4"));
        gated.gate().let(1);
        Wait.until("all are in the second step", () -> gated.gate().entered() == 2);
        long held = System.nanoTime();
        Wait.until("it takes a while", () -> System.nanoTime() - held > TimeUnit.MILLISECONDS.toNanos(200));
        gated.gate().open();
        JsonNode work = asked.join().json().path("usage").path("work");
        double elapsed = (System.nanoTime() - begin) / 1e6;

        assertThat(work.path("total_ms").asDouble()).isBetween(200.0, elapsed);
        assertThat(work.path("forwards").asInt()).isEqualTo(4 * 32);
    }
}
