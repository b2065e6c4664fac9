package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts longer than the server decodes, or than the model's context has room for: refused, grown, or cut with a word. */
class LengthTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int LIMIT = 96;

    @TempDir
    private static Path folder;

    private static TinyServer strict;
    private static TinyServer lenient;
    private static int context;

    @BeforeAll
    static void serve() {
        RequestLimits limits = new RequestLimits(8192, LIMIT, 16);
        strict = new TinyServer(folder.resolve("strict"), ServerOptions.DEFAULT.withRequest(limits));
        lenient =
                new TinyServer(folder.resolve("lenient"), ServerOptions.DEFAULT.withRequest(limits.withLenient(true)));
        context = strict.decoder().spec().context();
    }

    @AfterAll
    static void stop() {
        strict.close();
        lenient.close();
    }

    private static Reply chat(TinyServer server, String fields) {
        return server.client().post(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}]" + fields + "}");
    }

    private static int canvas(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json().at("/settings/gen_length").asInt();
    }

    private static String warning(Reply reply) {
        JsonNode warnings = reply.json().path("warnings");
        assertThat(warnings).hasSize(1);
        return warnings.at("/0/param").asText() + ": "
                + warnings.at("/0/message").asText();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"max_tokens | 97", "max_tokens | 4096", "max_completion_tokens | 4096", "max_tokens | 9000000000"})
    void aboveTheLimitIsRefusedWithTheLimitAndTheRemedy(String field, String tokens) {
        Reply reply = chat(strict, ",\"" + field + "\":" + tokens);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error())
                .startsWith(field + ": " + field + " is " + tokens + "; it must be a whole number within [1, 96]")
                .contains("ask for less", "\"canvas\": \"grow\"");
    }

    @Test
    void aGrowingCanvasGrowsAsFarAsTheLimit() {
        String grow = ",\"decoding\":{\"canvas\":\"grow\"}";
        Reply reply = chat(strict, ",\"max_tokens\":4096" + grow);

        assertThat(canvas(reply)).isEqualTo(LIMIT);
        assertThat(reply.text())
                .isEqualTo(chat(strict, ",\"max_tokens\":96" + grow).text());
        assertThat(warning(reply))
                .isEqualTo("max_tokens: max_tokens is 4096; the canvas limit is 96, so the text may end there");
        assertThat(reply.header("X-Warnings")).isEqualTo("max_tokens");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "97 | max_tokens | 96",
                "4096 | max_tokens | 96",
                "4096 | max_completion_tokens | 96",
                "9000000000 | max_tokens | 96"
            })
    void aLenientServerCutsAndSaysSo(String tokens, String field, int canvas) {
        Reply reply = chat(lenient, ",\"" + field + "\":" + tokens);

        assertThat(canvas(reply)).isEqualTo(canvas);
        assertThat(reply.text()).isEqualTo(chat(strict, ",\"max_tokens\":96").text());
        assertThat(warning(reply)).startsWith(field + ": " + field + " is " + tokens + "; the canvas limit is 96");
        assertThat(reply.header("X-Warnings")).isEqualTo(field);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0", "-1", "1.5", "\"9\"", "99999999999999999999999"})
    void whatIsNoLengthIsRefusedByBoth(String tokens) {
        String fields = ",\"max_tokens\":" + tokens + ",\"decoding\":{\"canvas\":\"grow\"}";
        assertThat(chat(strict, fields).error()).startsWith("max_tokens: max_tokens is ");
        assertThat(chat(lenient, fields).error()).endsWith("; it must be a whole number within [1, 96]");
    }

    @Test
    void aLimitThatIsNotWholeBlocksIsCutToThem() {
        Reply refused = chat(strict, ",\"max_tokens\":90,\"decoding\":{\"block_length\":64}");
        Reply cut = chat(lenient, ",\"max_tokens\":90,\"decoding\":{\"block_length\":64}");

        assertThat(refused.error())
                .isEqualTo(
                        "max_tokens: max_tokens is 90, which is 128 in blocks(64); the canvas limit is 96, so ask for 64");
        assertThat(canvas(cut)).isEqualTo(64);
        assertThat(warning(cut)).contains("which is 128 in blocks(64)", "so the text may end at 64");
        assertThat(cut.json().at("/usage/completion_tokens").asInt()).isLessThanOrEqualTo(64);
    }

    /** Nobody asked for the 128 positions that are the default. */
    @Test
    void withoutALengthTheLimitIsTakenInSilence() {
        Reply reply = chat(strict, "");

        assertThat(canvas(reply)).isEqualTo(LIMIT);
        assertThat(reply.json().has("warnings")).isFalse();
    }

    @Test
    void theModelsContextCutsWhatMayBeCut() {
        String prompt = "{\"prompt\":[" + "5,".repeat(context - 41) + "5],\"max_tokens\":64";

        Reply refused = strict.client().post("/v1/completions", prompt + "}");
        Reply grown = strict.client().post("/v1/completions", prompt + ",\"decoding\":{\"canvas\":\"grow\"}}");
        Reply cut = lenient.client().post("/v1/completions", prompt + "}");

        assertThat(refused.error())
                .isEqualTo("prompt: prompt has " + (context - 40)
                        + " tokens and the canvas 64; together they must fit the " + "model's context of " + context
                        + ", so shorten the prompt or max_tokens");
        for (Reply shorter : new Reply[] {grown, cut}) {
            assertThat(canvas(shorter)).isEqualTo(32);
            assertThat(warning(shorter))
                    .isEqualTo("max_tokens: max_tokens asks for more than the model's context of " + context
                            + " has room for after the prompt; the canvas is 32, so the text may end there");
        }
        assertThat(lenient.client()
                        .post("/v1/completions", "{\"prompt\":[" + "5,".repeat(context - 11) + "5]}")
                        .json()
                        .at("/error/code")
                        .asText())
                .isEqualTo("context_length_exceeded");
    }

    @Test
    void theContextIsSaidOfTheFieldThatWasSent() {
        String prompt = "{\"prompt\":[" + "5,".repeat(context - 41) + "5]";

        Reply newer = lenient.client().post("/v1/completions", prompt + ",\"max_completion_tokens\":64}");
        Reply none = lenient.client().post("/v1/completions", prompt + "}");
        Reply own = strict.client().post("/v1/completions", prompt + ",\"decoding\":{\"gen_length\":64}}");

        assertThat(warning(newer)).startsWith("max_completion_tokens: max_completion_tokens asks for more than");
        assertThat(canvas(none)).isEqualTo(32);
        assertThat(none.json().has("warnings")).isFalse();
        assertThat(own.error()).endsWith(", so shorten the prompt or decoding.gen_length");
    }

    @Test
    void aSlotIsSaidOfTheFieldThatWasSent() {
        String gap = "{\"prompt\":\"5\",\"suffix\":\"6 7\",\"max_completion_tokens\":96}";

        assertThat(strict.client().post("/v1/completions", gap).error())
                .startsWith("suffix: max_completion_tokens is 96 and suffix has 2 tokens");
    }

    @Test
    void aSlotIsCutToWhatTheSuffixLeaves() {
        String gap = "{\"prompt\":\"5\",\"suffix\":\"6 7\",\"max_tokens\":96}";

        assertThat(strict.client().post("/v1/completions", gap).error())
                .startsWith("suffix: max_tokens is 96 and suffix has 2 tokens; together they must fit");
        Reply cut = lenient.client().post("/v1/completions", gap);
        assertThat(canvas(cut)).isEqualTo(LIMIT);
        assertThat(warning(cut)).endsWith("so the slot has 94");
    }

    @Test
    void aLengthOfOurOwnIsNeverCut() {
        assertThat(chat(lenient, ",\"decoding\":{\"gen_length\":128}").error())
                .startsWith(
                        "decoding.gen_length: decoding.gen_length is 128; it must be a whole number within [1, 96]");
    }
}
