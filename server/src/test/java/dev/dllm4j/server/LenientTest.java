package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A lenient server answers what a strict one refuses, and says in the answer what it left aside. */
class LenientTest {
    private static final String CHAT = "/v1/chat/completions";

    @TempDir
    private static Path folder;

    private static TinyServer tiny;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder, ServerOptions.DEFAULT.withRequest(RequestLimits.DEFAULT.withLenient(true)));
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    private static Reply chat(String fields) {
        return tiny.client()
                .post(
                        CHAT,
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}],\"max_tokens\":32" + fields + "}");
    }

    @Test
    void unknownFieldsAndSuchAsOnlyShadeTheAnswerAreLeftAsideByName() {
        Reply reply = chat(",\"never_heard_of\":{\"a\":[1]},\"frequency_penalty\":0.5,\"min_p\":0.1,\"user\":7");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(chat("").text());
        assertThat(reply.json().path("warnings").findValuesAsText("message"))
                .containsExactly(
                        "user is 7; it is not supported and was left aside",
                        "frequency_penalty is 0.5; it is not supported and was left aside",
                        "min_p is 0.1; it is not supported and was left aside",
                        "unknown field never_heard_of was left aside");
        assertThat(reply.header("X-Warnings")).isEqualTo("user, frequency_penalty, min_p, never_heard_of");
    }

    @Test
    void anAnswerWithoutAWordHasNone() {
        Reply reply = chat("");

        assertThat(reply.json().has("warnings")).isFalse();
        assertThat(reply.header("X-Warnings")).isEmpty();
    }

    @Test
    void unknownFieldsOfMessagesAreNamedByTheirPlace() {
        Reply reply = tiny.client()
                .post(
                        CHAT,
                        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"5\",\"x\":1}],\"weight\":1}]}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.header("X-Warnings")).isEqualTo("messages[0].content[0].x, messages[0].weight");
    }

    @Test
    void aStreamsHeadAndLastChunksHaveThem() {
        for (String options : List.of("", ",\"stream_options\":{\"include_usage\":true}")) {
            Reply reply = chat(",\"stream\":true,\"never_heard_of\":1" + options);

            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.header("X-Warnings")).isEqualTo("never_heard_of");
            List<JsonNode> chunks = reply.events("message").stream()
                    .filter(data -> !data.equals("[DONE]"))
                    .map(Client::json)
                    .toList();
            JsonNode last = chunks.get(chunks.size() - 1);
            assertThat(last.at("/warnings/0/param").asText()).isEqualTo("never_heard_of");
            assertThat(last.has("usage")).isEqualTo(!options.isEmpty());
        }
    }

    @Test
    void aHeaderHoldsNoNameThatCouldBreakIt() {
        Reply reply = chat(",\"a\\r\\nSet-Cookie: b, c \\u00e9\":1");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.header("X-Warnings")).isEqualTo("a??Set-Cookie??b??c??");
        assertThat(reply.header("Set-Cookie")).isEmpty();
        assertThat(reply.json().at("/warnings/0/message").asText()).doesNotContain("\n", "\r");
    }

    @Test
    void ofManyTheFirstAreNamedAndTheRestCounted() {
        StringBuilder fields = new StringBuilder();
        for (int field = 0; field < 500; field++) {
            fields.append(",\"x").append(field).append("\":1");
        }

        JsonNode warnings = chat(fields.toString()).json().path("warnings");

        assertThat(warnings).hasSize(17);
        assertThat(warnings.at("/16/message").asText()).startsWith("484 more warnings");
    }

    @Test
    void streamOptionsWithoutAStreamAreLeftAside() {
        Reply reply = chat(",\"stream_options\":{\"include_usage\":true}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.header("X-Warnings")).isEqualTo("stream_options");
    }

    /** A client would look in the answer for what is not there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"tools\":[{\"type\":\"function\"}]",
                ",\"tool_choice\":\"required\"",
                ",\"response_format\":{\"type\":\"json_object\"}",
                ",\"logprobs\":true",
                ",\"modalities\":[\"text\",\"audio\"]",
                ",\"n\":5",
                ",\"temperature\":-1",
                ",\"decoding\":{\"blok\":1}"
            })
    void whatAClientReliesOnIsRefusedAllTheSame(String fields) {
        assertThat(chat(fields).status()).isEqualTo(400);
    }
}
