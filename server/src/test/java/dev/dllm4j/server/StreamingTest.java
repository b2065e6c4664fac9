package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers in pieces, completions, and answers that share forwards. */
class StreamingTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final String QUESTION = "\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}]";
    /** A random model is never sure, so this one takes a step a token. */
    private static final String DECODING = "\"decoding\":{\"strategy\":\"topk(2)\",\"block_length\":8}";

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Client client;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder, ServerOptions.DEFAULT);
        client = tiny.client();
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    private static Reply stream(String path, String fields) {
        return client.post(path, "{\"stream\":true," + fields + "}");
    }

    private static List<JsonNode> chunks(Reply reply) {
        List<String> data = reply.events("message");
        assertThat(data.get(data.size() - 1)).isEqualTo("[DONE]");
        return data.subList(0, data.size() - 1).stream().map(Client::json).toList();
    }

    @Test
    void thePiecesOfAChatAreItsAnswer() {
        String fields = QUESTION + ",\"max_tokens\":32," + DECODING;
        Reply whole = client.post(CHAT, "{" + fields + "}");

        Reply reply = stream(CHAT, fields);

        assertThat(reply.header("Content-Type")).startsWith("text/event-stream");
        assertThat(reply.streamed(0)).isEqualTo(whole.text()).isNotEmpty();
        List<JsonNode> chunks = chunks(reply);
        assertThat(chunks.size()).isGreaterThan(6);
        assertThat(chunks.get(0).at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(chunks.get(0).at("/choices/0/finish_reason").isNull()).isTrue();
        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(last.at("/choices/0/finish_reason").asText())
                .isEqualTo(whole.json().at("/choices/0/finish_reason").asText());
        assertThat(last.at("/choices/0/delta").isEmpty()).isTrue();
        assertThat(chunks)
                .allMatch(chunk -> chunk.path("object").asText().equals("chat.completion.chunk")
                        && chunk.path("id").equals(last.path("id"))
                        && !chunk.has("usage"));
    }

    @Test
    void usageComesLastWhenAskedFor() {
        String fields = QUESTION + ",\"max_tokens\":16," + DECODING;
        JsonNode whole = client.post(CHAT, "{" + fields + "}").json();

        List<JsonNode> chunks = chunks(stream(CHAT, fields + ",\"stream_options\":{\"include_usage\":true}"));

        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(last.path("choices").isEmpty()).isTrue();
        assertThat(last.at("/usage/completion_tokens")).isEqualTo(whole.at("/usage/completion_tokens"));
        assertThat(last.path("usage").path("work").path("forwards"))
                .isEqualTo(whole.path("usage").path("work").path("forwards"));
        assertThat(last.path("settings")).isEqualTo(whole.path("settings"));
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allMatch(chunk -> chunk.path("usage").isNull() && chunk.has("usage"));
    }

    @Test
    void aStopStringIsNeverSent() {
        String fields = QUESTION + ",\"max_tokens\":32," + DECODING;
        String full = client.post(CHAT, "{" + fields + "}").text();
        // From the middle of one token to the middle of another.
        String stop = full.substring(full.length() / 2 - 3, full.length() / 2 + 2);
        String stopped = fields + ",\"stop\":\"" + stop + "\"";

        Reply reply = stream(CHAT, stopped);

        assertThat(reply.streamed(0)).isEqualTo(full.substring(0, full.indexOf(stop)));
        assertThat(client.post(CHAT, "{" + stopped + "}").text()).isEqualTo(reply.streamed(0));
        List<JsonNode> chunks = chunks(reply);
        assertThat(chunks.get(chunks.size() - 1).at("/choices/0/finish_reason").asText())
                .isEqualTo("stop");
    }

    @Test
    void theCanvasIsTold() {
        String fields = QUESTION + ",\"max_tokens\":16," + DECODING + ",\"stream_options\":{\"include_canvas\":true}";

        Reply reply = stream(CHAT, fields);

        List<JsonNode> pieces =
                reply.events("canvas").stream().map(Client::json).toList();
        // Clients take every event for a piece of the answer, whatever its name.
        JsonNode text = chunks(reply).get(0);
        assertThat(pieces).allSatisfy(piece -> {
            for (String field : List.of("id", "object", "created", "model", "system_fingerprint")) {
                assertThat(piece.path(field)).isEqualTo(text.path(field));
            }
            assertThat(piece.path("choices")).isEqualTo(JsonNodeFactory.instance.arrayNode());
            assertThat(piece.has("usage")).isFalse();
        });
        List<JsonNode> events =
                pieces.stream().map(piece -> piece.path("canvas")).toList();
        JsonNode start = events.get(0);
        assertThat(start.path("type").asText()).isEqualTo("start");
        assertThat(start.path("prompt_length").asInt()).isEqualTo(3);
        assertThat(start.path("length").asInt()).isEqualTo(19);
        TreeSet<Integer> committed = new TreeSet<>();
        int settled = 0;
        for (JsonNode event : events) {
            event.path("commits").forEach(commit -> {
                assertThat(committed.add(commit.path("position").asInt())).isTrue();
                // As it reads behind other tokens.
                assertThat(commit.path("text").asText())
                        .isEqualTo(" " + commit.path("token").asText());
                assertThat(commit.path("probability").asDouble()).isBetween(0.0, 1.0);
            });
            if (event.path("type").asText().equals("step")) {
                assertThat(event.path("settled_end").asInt()).isGreaterThanOrEqualTo(settled);
                settled = event.path("settled_end").asInt();
            }
        }
        JsonNode done = events.get(events.size() - 1);
        assertThat(done.path("type").asText()).isEqualTo("done");
        assertThat(committed.first()).isEqualTo(3);
        assertThat(committed.last()).isEqualTo(settled - 1);
        assertThat(done.path("usage").path("work").path("forwards").asInt()).isEqualTo(events.size() - 2);
        assertThat(stream(CHAT, QUESTION + ",\"max_tokens\":16").events("canvas"))
                .isEmpty();
    }

    /** A random model prefers another token whenever its neighbours change, and is never sure of any. */
    @ParameterizedTest
    @ValueSource(strings = {"own", "hf", "sglang"})
    void anEditIsToldAndTheTextIsSentWhenItsBlockHasClosed(String reading) {
        String fields =
                QUESTION + ",\"max_tokens\":32,\"decoding\":{\"block_length\":8,\"strategy\":\"edit(0,post=3,reading="
                        + reading + ",then=topk(2))\"}";
        Reply reply = stream(CHAT, fields + ",\"stream_options\":{\"include_canvas\":true}");

        assertThat(reply.streamed(0))
                .isEqualTo(client.post(CHAT, "{" + fields + "}").text())
                .isNotEmpty();
        int settled = 0;
        int edits = 0;
        TreeSet<Integer> ends = new TreeSet<>();
        Map<Integer, Integer> tokens = new HashMap<>();
        for (String event : reply.events("canvas")) {
            JsonNode step = Client.json(event).path("canvas");
            for (JsonNode commit : step.path("commits")) {
                tokens.put(commit.path("position").asInt(), commit.path("token").asInt());
            }
            for (JsonNode edit : step.path("edits")) {
                int position = edit.path("position").asInt();
                assertThat(position).isGreaterThanOrEqualTo(settled);
                assertThat(tokens.put(position, edit.path("token").asInt()))
                        .isEqualTo(edit.path("old").asInt());
                assertThat(edit.path("old_text").asText())
                        .isEqualTo(" " + edit.path("old").asText());
                assertThat(edit.path("text").asText())
                        .isEqualTo(" " + edit.path("token").asText());
                edits++;
            }
            settled = step.path("settled_end").asInt(settled);
            ends.add(settled);
        }
        assertThat(edits).isPositive();
        assertThat(ends.headSet(ends.last())).isSubsetOf(0, 3, 11, 19, 27);
    }

    @Test
    void nothingButTheUsageComesAfterAChoicesEnd() {
        for (String shape : List.of(QUESTION, "\"prompt\":[5,6,7]")) {
            Reply reply = stream(
                    shape.equals(QUESTION) ? CHAT : COMPLETIONS,
                    shape + ",\"max_tokens\":16,\"stream_options\":{\"include_canvas\":true,\"include_usage\":true}");

            List<String> all = reply.body()
                    .lines()
                    .filter(line -> line.startsWith("data: "))
                    .toList();
            assertThat(all.get(all.size() - 4)).contains("\"type\":\"done\"").contains("\"usage\":null,\"canvas\":");
            assertThat(all.get(all.size() - 3)).contains("\"finish_reason\":\"length\"");
            assertThat(all.get(all.size() - 2)).contains("\"choices\":[],\"usage\":{");
            assertThat(all.get(all.size() - 1)).isEqualTo("data: [DONE]");
        }
    }

    @Test
    void choicesOfAStreamAreToldApart() {
        String fields = QUESTION + ",\"max_tokens\":16,\"n\":2,\"temperature\":1,\"seed\":3," + DECODING;
        JsonNode whole = client.post(CHAT, "{" + fields + "}").json();

        Reply reply = stream(CHAT, fields);

        for (int index = 0; index < 2; index++) {
            assertThat(reply.streamed(index))
                    .isEqualTo(
                            whole.at("/choices/" + index + "/message/content").asText());
        }
        assertThat(reply.streamed(0)).isNotEqualTo(reply.streamed(1));
    }

    @Test
    void aCompletionTakesTextIdsAndSeveralOfEither() {
        String tail = ",\"max_tokens\":16}";
        String text = client.post(COMPLETIONS, "{\"prompt\":\"5 6 7\"" + tail).text();

        assertThat(client.post(COMPLETIONS, "{\"prompt\":[5,6,7]" + tail).text())
                .isEqualTo(text)
                .isNotEmpty();
        JsonNode both = client.post(COMPLETIONS, "{\"prompt\":[\"8 9\",\"5 6 7\"]" + tail)
                .json();
        assertThat(both.at("/choices/1/text").asText()).isEqualTo(text);
        assertThat(both.at("/choices/1/index").asInt()).isEqualTo(1);
        assertThat(both.at("/usage/prompt_tokens").asInt()).isEqualTo(5);
        JsonNode ids =
                client.post(COMPLETIONS, "{\"prompt\":[[8,9],[5,6,7]]" + tail).json();
        assertThat(ids.path("choices")).isEqualTo(both.path("choices"));
        assertThat(both.path("object").asText()).isEqualTo("text_completion");
        assertThat(stream(COMPLETIONS, "\"prompt\":[5,6,7],\"max_tokens\":16").streamed(0))
                .isEqualTo(text);
    }

    @Test
    void aSuffixIsWhatTheTextLeadsTo() {
        String fields = "\"prompt\":[5,6,7],\"suffix\":\"8 9\",\"max_tokens\":6";
        String filled = tiny.decoder()
                .fill(new int[] {5, 6, 7}, "[MASK:6]8 9", DecodingConfig.INFILL)
                .text();

        Reply reply = client.post(COMPLETIONS, "{" + fields + "}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text() + "8 9").isEqualTo(filled);
        assertThat(reply.json().at("/usage/completion_tokens").asInt()).isBetween(1, 6);
        assertThat(stream(COMPLETIONS, fields).streamed(0)).isEqualTo(reply.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "prefix", "dual", "elastic"})
    void answersThatShareForwardsAreTheAnswersAlone(String cache) {
        List<String> requests = new ArrayList<>();
        for (int index = 0; index < 8; index++) {
            requests.add("{\"messages\":[{\"role\":\"user\",\"content\":\"" + (3 + index) + " 6 " + (40 - index)
                    + "\"}],\"max_tokens\":" + (16 + 8 * index)
                    + (index % 2 == 0 ? "" : ",\"temperature\":0.8,\"seed\":" + index)
                    + ",\"decoding\":{\"cache\":\"" + cache + "\""
                    + (index % 3 == 0 ? "" : ",\"strategy\":\"" + (index % 3 == 1 ? "topk(2)" : "factor(1.0)") + "\"")
                    + (cache.equals("elastic") ? "" : ",\"block_length\":8") + "}}");
        }
        List<Reply> alone =
                requests.stream().map(request -> client.post(CHAT, request)).toList();

        List<CompletableFuture<Reply>> together = requests.stream()
                .map(request -> client.postAsync(CHAT, request))
                .toList();

        for (int index = 0; index < requests.size(); index++) {
            Reply reply = together.get(index).join();
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().path("choices"))
                    .isEqualTo(alone.get(index).json().path("choices"));
            assertThat(reply.text()).isNotEmpty();
        }
        assertThat(tiny.decoder().cache().liveBytes()).isZero();
    }
}
