package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer says against itself: the words of its question that the model does not know. */
class WarningTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String ODD_QUESTION = "\"messages\":[{\"role\":\"user\",\"content\":\"5 quark 7\"}]";
    private static final String WARNING =
            "1 of the prompt's 3 tokens is unknown to the model (quark); its vocabulary is"
                    + " not made for this text, so expect little of its answer";

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Client client;

    /** Whose vocabulary has numbers alone. */
    private static final class ClosedVocabulary extends TokenNames {
        private static final int UNKNOWN = 9;

        @Override
        public int[] encode(String text) {
            return Arrays.stream(text.split(" "))
                    .mapToInt(word -> word.matches("\\d+") ? Integer.parseInt(word) : UNKNOWN)
                    .toArray();
        }

        @Override
        public OptionalInt id(String token) {
            return token.equals("<|unk|>") ? OptionalInt.of(UNKNOWN) : super.id(token);
        }
    }

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder, new ClosedVocabulary(), ServerOptions.DEFAULT);
        client = tiny.client();
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    @Test
    void aChatWarnsOfUnknownWords() {
        JsonNode json =
                client.post(CHAT, "{" + ODD_QUESTION + ",\"max_tokens\":16}").json();

        assertThat(json.at("/warnings/0/message").asText()).isEqualTo(WARNING);
        assertThat(json.path("warnings")).hasSize(1);
    }

    @Test
    void aQuestionOfKnownWordsIsAnsweredWithoutAList() {
        String known = ODD_QUESTION.replace("quark", "6");

        assertThat(client.post(CHAT, "{" + known + ",\"max_tokens\":16}").json().has("warnings"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"prompt\":\"5 quark 7\"",
                "\"prompt\":[\"5 quark\",\"7\"]",
                "\"prompt\":\"5 7\",\"suffix\":\"quark\""
            })
    void aCompletionWarnsOfEveryText(String fields) {
        JsonNode json = client.post("/v1/completions", "{" + fields + ",\"max_tokens\":16}")
                .json();

        assertThat(json.at("/warnings/0/message").asText()).isEqualTo(WARNING);
    }

    @Test
    void ofIdsOnlyTheNumberIsKnown() {
        JsonNode json = client.post("/v1/completions", "{\"prompt\":[5,9],\"max_tokens\":16}")
                .json();

        assertThat(json.at("/warnings/0/message").asText())
                .startsWith("1 of the prompt's 2 tokens is unknown to the model;");
    }

    /** The chunk with the usage where there is one, else the one with the last choice's finish reason. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",\"stream_options\":{\"include_usage\":true}", ",\"n\":2,\"temperature\":1"})
    void aStreamWarnsInItsLastChunk(String fields) {
        List<JsonNode> chunks = client
                .post(CHAT, "{\"stream\":true," + ODD_QUESTION + ",\"max_tokens\":16" + fields + "}")
                .events("message")
                .stream()
                .filter(data -> !data.equals("[DONE]"))
                .map(Client::json)
                .toList();

        assertThat(chunks.get(chunks.size() - 1).at("/warnings/0/message").asText())
                .isEqualTo(WARNING);
        assertThat(chunks.subList(0, chunks.size() - 1)).noneMatch(chunk -> chunk.has("warnings"));
    }

    @Test
    void theListIsDescribed() {
        assertThat(client.get("/openapi.json")
                        .json()
                        .at("/components/schemas/Completion/properties/warnings/type")
                        .asText())
                .isEqualTo("array");
    }
}
