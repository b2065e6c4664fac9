package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client may not ask for is its own fault, said in a line, and tells nothing of the server's files. */
class RefusedRequestTest {
    @TempDir
    private static Path folder;

    private static TinyServer tiny;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder.resolve("model"), ServerOptions.DEFAULT);
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                body("arrays in arrays", "{\"prompt\":" + "[".repeat(40) + "]".repeat(40) + "}", "nested"),
                body("objects in objects", "{\"a\":".repeat(3000) + "1" + "}".repeat(3000), "nested"),
                body("a long whole number", "{\"seed\":" + "9".repeat(1500) + "}", "digits"),
                body("a long fraction", "{\"temperature\":0." + "9".repeat(5000) + "}", "digits"),
                body("a long exponent", "{\"temperature\":1e" + "9".repeat(2000) + "}", "digits"),
                body("a large exponent", "{\"prompt\":[5],\"temperature\":1e999999999}", "temperature is "),
                body(
                        "a large exponent for a whole number",
                        "{\"prompt\":[5],\"max_tokens\":1e999999999}",
                        "max_tokens"),
                body("a long name", "{\"" + "a".repeat(60_000) + "\":1}", "field name"),
                body("a long word", "{\"prompt\":" + "a".repeat(60_000) + "}", "not JSON"),
                body("a long role", "{\"messages\":[{\"role\":\"" + "a".repeat(60_000) + "\"}]}", "role"),
                body("a long model", "{\"model\":\"" + "a".repeat(60_000) + "\"}", "model is"),
                body("a long strategy", decoding("\"strategy\":\"" + "a".repeat(60_000) + "\""), "400 characters"),
                body("large guidance", decoding("\"guidance\":1e38"), "decoding.guidance is 1.0E38"),
                body("large guidance in float64", decoding("\"guidance\":1.7e308"), "decoding.guidance is 1.7E308"),
                body("large credit", decoding("\"strategy\":\"credit(alpha=1e300)\""), "alpha is 1.0E300"),
                body("a text's token without a row", "{\"prompt\":\"5 97\",\"max_tokens\":8}", "token 97"),
                body(
                        "a suffix' token without a row",
                        "{\"prompt\":\"5\",\"suffix\":\"97\",\"max_tokens\":8}",
                        "token 97"),
                body("an id without a row", "{\"prompt\":[5,97],\"max_tokens\":8}", "prompt[1] is 97"),
                body("one of several prompts", "{\"prompt\":[\"5\",\"4000\"],\"max_tokens\":8}", "token 4000"),
                body("a bias without a row", "{\"prompt\":[5],\"logit_bias\":{\"97\":1}}", "logit_bias has \"97\""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void itIsRefusedInAShortLine(String name, String body, String words) {
        Reply reply = tiny.client().post(body.contains("messages") ? "/v1/chat/completions" : "/v1/completions", body);

        assertThat(reply.status()).as(reply.body()).isIn(400, 404);
        assertThat(reply.json().at("/error/message").asText())
                .contains(words)
                .doesNotContain("\n")
                .hasSizeLessThan(500);
        assertThat(reply.json().at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(reply.header("X-Request-Id")).matches("[0-9a-f]{16}");
    }

    /** Which of three limits it was. */
    @Test
    void aLimitOfTheBodyIsNamedAlone() {
        String deep = "{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}";
        assertThat(tiny.client().post("/v1/completions", deep).error())
                .startsWith("null: the body has JSON nested more than 32 deep")
                .doesNotContain("digits", "field name");
        assertThat(tiny.client()
                        .post("/v1/completions", "{\"seed\":" + "9".repeat(101) + "}")
                        .error())
                .startsWith("null: the body has a number of more than 100 digits")
                .doesNotContain("nested", "field name");
        assertThat(tiny.client()
                        .post("/v1/completions", "{\"" + "a".repeat(201) + "\":1}")
                        .error())
                .startsWith("null: the body has a field name of more than 200 characters")
                .doesNotContain("nested", "digits");
    }

    @Test
    void aConversationsTokenWithoutARowIsRefusedByItsField() {
        Reply reply =
                tiny.client().post("/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"5 97\"}]}");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error())
                .startsWith("messages: messages: the text has token 97; the model has rows for tokens");
    }

    /** Which characters surround a name must not decide whether it is one. */
    @Test
    void aSpecTellsNothingOfFiles() {
        String there = FilterFiles.write(folder, 4).toString();
        String missing = there.replace("filter-4", "filter-5");
        for (String filter : List.of(
                "filter(path=%s)",
                "filter(%s)",
                "filter\\u0001(path=%s)",
                "filter\\u0000(path=%s)",
                "\\u001ffilter\\u001f(%s)",
                "filter\\u00a0(path=%s)",
                "credit(then=filter\\u0002(path=%s))",
                "credit(then=filter(accept=0.5,path=%s))")) {
            List<String> answers = new ArrayList<>();
            for (String file : List.of(there, missing)) {
                Reply reply = tiny.client()
                        .post("/v1/completions", decoding("\"strategy\":\"" + filter.formatted(file) + "\""));
                assertThat(reply.status()).as(filter).isEqualTo(400);
                answers.add(reply.json().at("/error/message").asText().replace("filter-5", "filter-4"));
            }
            assertThat(answers).as(filter).containsOnly(answers.get(0));
            assertThat(answers.get(0)).doesNotContain("cannot be read", "header", "network", "regular");
        }
    }

    private static String decoding(String fields) {
        return "{\"prompt\":[5],\"max_tokens\":8,\"decoding\":{" + fields + "}}";
    }

    private static Arguments body(String name, String body, String words) {
        return Arguments.of(name, body, words);
    }
}
