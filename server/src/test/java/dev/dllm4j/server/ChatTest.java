package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chats in one piece: what they answer, and what they refuse. */
class ChatTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String QUESTION = "\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}]";

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

    private static Reply chat(String... fields) {
        return client.post(CHAT, "{\"model\":\"tiny\"," + QUESTION + String.join("", List.of(fields)) + "}");
    }

    @Test
    void anAnswerIsTheLibrarys() {
        Answer answer = tiny.decoder().generate("5 6 7", DecodingConfig.DEFAULT.withGenLength(64));

        Reply reply = chat(",\"max_tokens\":64");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(answer.text()).isNotEmpty();
        JsonNode json = reply.json();
        assertThat(json.at("/choices/0/finish_reason").asText()).isEqualTo(AnswerJson.name(answer.finishReason()));
        assertThat(json.path("object").asText()).isEqualTo("chat.completion");
        assertThat(json.at("/choices/0/message/role").asText()).isEqualTo("assistant");
        assertThat(json.at("/usage/prompt_tokens").asInt()).isEqualTo(3);
        assertThat(json.at("/usage/completion_tokens").asInt()).isEqualTo(answer.completionTokens());
        assertThat(json.path("usage").path("work").path("forwards").asInt())
                .isEqualTo(answer.work().forwards());
        assertThat(json.path("settings"))
                .isEqualTo(Client.json(
                        AnswerJson.settings("tiny", answer.config(), RuntimeOptions.DEFAULT, LayerCache.DEFAULT_BUDGET)
                                .toString()));
    }

    @Test
    void theDecodingObjectSpeaksAsTheCommandLine() {
        DecodingConfig config = DecodingConfig.DEFAULT
                .withFrame(new Blocks(8), 24, 24)
                .withSampling(new Sampling(0.8, 20, 0.9, 5))
                .withStop(StopRule.parse("full"))
                .withStrategy(UnmaskingStrategy.parse("topk(2)"))
                .withCache(CacheSpec.parse("dual"));
        Answer answer = tiny.decoder().generate("5 6 7", config);

        Reply reply = chat(
                ",\"temperature\":0.8,\"top_p\":0.9,\"seed\":5,\"decoding\":{\"block_length\":8,\"gen_length\":24,",
                "\"stop\":\"full\",\"strategy\":\"topk(2)\",\"cache\":\"dual\",\"top_k\":20}");

        assertThat(reply.text()).isEqualTo(answer.text());
        assertThat(reply.json().at("/settings/cache").asText()).isEqualTo("dual");
        assertThat(reply.json().at("/settings/gen_length").asInt()).isEqualTo(24);
    }

    @Test
    void theCanvasIsWholeBlocksAndTheTextIsCut() {
        Answer wide = tiny.decoder().generate("5 6 7", DecodingConfig.DEFAULT.withGenLength(64));
        String cut = String.join(" ", List.of(wide.text().split(" ")).subList(0, 40));

        Reply reply = chat(",\"max_completion_tokens\":40");

        assertThat(reply.json().at("/settings/gen_length").asInt()).isEqualTo(64);
        assertThat(reply.text()).isEqualTo(cut);
        assertThat(reply.json().at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(reply.json().at("/usage/completion_tokens").asInt()).isEqualTo(40);
    }

    @Test
    void blocksThatAreCountedFromTheStartGrowToTheirBorders() {
        Blocks blocks = new Blocks(8, Blocks.From.START);
        Decoding decoding = tiny.decoder()
                .start(
                        new int[] {5, 6, 7},
                        Draft.masks(24).growing(blocks),
                        DecodingConfig.DEFAULT.withFrame(blocks, 24, 24));
        decoding.steps().forEach(step -> {});

        Reply reply = chat(
                ",\"max_tokens\":24,\"decoding\":{\"canvas\":\"grow\",\"window\":\"blocks(8,from=start)\",\"block_length\":8}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(tiny.decoder().answer(decoding).text());
        assertThat(reply.json().at("/settings/window").asText()).isEqualTo("blocks(8,from=start)");
        assertThat(reply.json().path("usage").path("work").path("rows_full").asLong())
                .isEqualTo(decoding.work().rowsFull());
    }

    @Test
    void aGrowingCanvasTakesInBlocksAsTheyAreNeeded() {
        DecodingConfig config = DecodingConfig.DEFAULT.withFrame(new Blocks(8), 24, 24);
        Decoding decoding =
                tiny.decoder().start(new int[] {5, 6, 7}, Draft.masks(24).growing(8), config);
        decoding.steps().forEach(step -> {});

        Reply reply = chat(",\"max_tokens\":24,\"decoding\":{\"canvas\":\"grow\",\"block_length\":8}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(tiny.decoder().answer(decoding).text());
        assertThat(reply.json().at("/settings/canvas").asText()).isEqualTo("grow");
        assertThat(reply.json().path("usage").path("work").path("rows_full").asLong())
                .isEqualTo(decoding.work().rowsFull());
        // Elastic's own window is not made of blocks; where nothing is said, a growing canvas has them.
        assertThat(chat(",\"max_tokens\":24,\"decoding\":{\"canvas\":\"grow\",\"cache\":\"elastic\"}")
                        .json()
                        .at("/settings/window")
                        .asText())
                .isEqualTo("blocks(32)");
    }

    @Test
    void aBiasFavoursTokensAndIsEchoed() {
        Reply reply =
                chat(",\"max_tokens\":8,\"decoding\":{\"block_length\":8},\"logit_bias\":{\"42\":100,\"3\":-1.5}");

        assertThat(reply.text()).isEqualTo("42 42 42 42 42 42 42 42");
        assertThat(reply.json().at("/settings/logit_bias/3").asDouble()).isEqualTo(-1.5);
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() {
        String full = chat(",\"max_tokens\":32").text();
        List<String> tokens = List.of(full.split(" "));
        String stop = " " + tokens.get(4) + " " + tokens.get(5);

        Reply reply = chat(",\"max_tokens\":32,\"stop\":[\"" + stop + "\"]");

        assertThat(reply.text()).isEqualTo(full.substring(0, full.indexOf(stop)));
        assertThat(reply.json().at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(reply.json().at("/usage/completion_tokens").asInt())
                .isEqualTo(reply.text().split(" ").length);
    }

    @Test
    void severalChoicesDrawWithSeedsOfTheirOwn() {
        Reply reply = chat(",\"max_tokens\":32,\"n\":3,\"temperature\":1,\"seed\":11");

        List<String> texts = List.copyOf(reply.json().findValuesAsText("content"));
        assertThat(texts).hasSize(3).doesNotHaveDuplicates();
        for (int index = 0; index < 3; index++) {
            DecodingConfig config =
                    DecodingConfig.DEFAULT.withGenLength(32).withSampling(new Sampling(1, 0, 1, 11 + index));
            assertThat(texts.get(index))
                    .isEqualTo(tiny.decoder().generate("5 6 7", config).text());
        }
    }

    @Test
    void partsOfTextAreOneMessage() {
        Reply reply = client.post(
                CHAT,
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"5 6\"},{\"type\":\"text\",\"text\":\" 7\"}]}],\"max_tokens\":32}");

        assertThat(reply.text()).isEqualTo(chat(",\"max_tokens\":32").text());
    }

    @Test
    void neutralValuesOfWhatIsNotDoneAreTaken() {
        Reply reply = chat(
                ",\"max_tokens\":32,\"logprobs\":false,\"top_logprobs\":null,\"frequency_penalty\":0,\"presence_penalty\":0.0,",
                "\"tools\":[],\"tool_choice\":\"none\",\"response_format\":{\"type\":\"text\"},\"store\":false,\"user\":\"u\",",
                "\"logit_bias\":{},\"metadata\":{},\"n\":1,\"stream\":false,\"stop\":null,\"parallel_tool_calls\":true,",
                "\"service_tier\":\"auto\",\"modalities\":[\"text\"],\"never_heard_of\":null,\"decoding\":{\"canvas\":\"fixed\"}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(chat(",\"max_tokens\":32").text());
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                refusal(",\"max_tokens\":0", "max_tokens: max_tokens is 0; it must be a whole number within [1, 1024]"),
                refusal(",\"max_tokens\":\"9\"", "max_tokens: max_tokens is \"9\"; it must be a whole number"),
                refusal(",\"max_tokens\":1e400", "max_tokens: "),
                refusal(",\"max_tokens\":8,\"max_completion_tokens\":9", "max_tokens: max_tokens is 8 and"),
                refusal(",\"temperature\":-1", "temperature: temperature is -1; it must be a number within [0, 100]"),
                refusal(",\"top_p\":-0.1", "top_p: top_p is -0.1; it must be a number within [0, 1]"),
                refusal(",\"seed\":1.5", "seed: seed is 1.5; it must be a whole number"),
                refusal(",\"n\":5", "n: n is 5; it must be a whole number within [1, 4]"),
                refusal(",\"stop\":[\"\"]", "stop[0]: stop[0] is \"\"; every text would end at once"),
                refusal(",\"stop\":7", "stop: stop is 7; it must be a string, or an array"),
                refusal(",\"stream\":\"yes\"", "stream: stream is \"yes\"; it must be true or false"),
                refusal(
                        ",\"stream_options\":{\"include_usage\":true}",
                        "stream_options: stream_options is given without"),
                refusal(",\"logprobs\":true", "logprobs: logprobs is true; it is not supported, so leave it out"),
                refusal(
                        ",\"logit_bias\":{\"97\":3}",
                        "logit_bias: logit_bias has \"97\"; its fields must be token ids within [0, 96]"),
                refusal(",\"logit_bias\":{\"5\":101}", "logit_bias.5: logit_bias.5 is 101; it must be a number"),
                refusal(
                        ",\"decoding\":{\"canvas\":\"grow\",\"window\":\"all\"}",
                        "decoding.canvas: decoding.canvas is grow and decoding.window all; a canvas grows by"),
                refusal(",\"tools\":[{}]", "tools: tools is an array; it is not supported"),
                refusal(
                        ",\"response_format\":{\"type\":\"json_object\"}",
                        "response_format: response_format is an object"),
                refusal(
                        ",\"frequency_penalty\":0.5",
                        "frequency_penalty: frequency_penalty is 0.5; it is not supported"),
                refusal(",\"best_of\":2", "best_of: unknown field best_of; known are "),
                refusal(",\"decoding\":7", "decoding: decoding is 7; it must be an object"),
                refusal(
                        ",\"decoding\":{\"blok\":1}",
                        "decoding.blok: unknown field decoding.blok; known are block_length"),
                refusal(",\"decoding\":{\"strategy\":\"x\"}", "decoding.strategy: decoding.strategy: "),
                refusal(
                        ",\"decoding\":{\"strategy\":\"filter(path=/etc/passwd)\"}",
                        "decoding.strategy: decoding.strategy: a filter's file cannot be named here"),
                refusal(
                        ",\"decoding\":{\"strategy\":\"credit(then=filter(/etc/passwd))\"}",
                        "decoding.strategy: decoding.strategy: a filter's file cannot be named here"),
                refusal(",\"decoding\":{\"canvas\":\"huge\"}", "decoding.canvas: decoding.canvas is \"huge\""),
                refusal(
                        ",\"decoding\":{\"gen_length\":100,\"steps\":60,\"strategy\":\"schedule\"}",
                        "decoding: steps is 60 for gen length 100 in blocks of 32"),
                refusal(",\"temperature\":1,\"decoding\":{\"temperature\":2}", "decoding.temperature: "),
                refusal(
                        ",\"max_tokens\":300",
                        "messages: messages has 3 tokens and the canvas 320; together they must fit"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRefusalNamesTheField(String fields, String message) {
        Reply reply = chat(fields);

        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.error()).startsWith(message);
        assertThat(reply.json().at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(reply.json().at("/error/message").asText()).doesNotContain("\n");
    }

    private static Arguments refusal(String fields, String message) {
        return Arguments.of(fields, message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "7",
                "{",
                "{\"messages\":",
                "{} {}",
                "{\"a\":1,\"a\":2}",
                "nul",
                "\ufeff{}",
            })
    void aBodyThatIsNoObjectIsRefused(String body) {
        Reply reply = client.post(CHAT, body);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("invalid_json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "\"hi\"",
                "[7]",
                "[{}]",
                "[{\"role\":\"tool\",\"content\":\"x\"}]",
                "[{\"role\":\"user\"}]",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]",
                "[{\"role\":\"user\",\"content\":\"\\ud800\"}]",
                "[{\"role\":\"user\",\"content\":\"5\",\"name\":7}]"
            })
    void messagesThatAreNoneAreRefused(String messages) {
        Reply reply = client.post(CHAT, "{\"messages\":" + messages + "}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.json().at("/error/param").asText()).startsWith("messages");
    }

    @Test
    void anUnknownModelIsNotFound() {
        Reply reply = client.post(CHAT, "{\"model\":\"gpt-9\"," + QUESTION + "}");

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("model_not_found");
        assertThat(reply.error()).isEqualTo("model: model is \"gpt-9\"; served are tiny");
    }

    @Test
    void modelsAreListed() {
        JsonNode list = client.get("/v1/models").json();

        assertThat(list.at("/data/0/id").asText()).isEqualTo("tiny");
        assertThat(list.at("/data/0/created").asLong()).isEqualTo(7);
        assertThat(client.get("/v1/models/tiny").json()).isEqualTo(list.at("/data/0"));
        assertThat(client.get("/v1/models/tin").status()).isEqualTo(404);
        assertThat(client.get("/v1/models/%FF").status()).isEqualTo(404);
    }

    @Test
    void healthAndReadinessAreTold() {
        assertThat(client.get("/health").status()).isEqualTo(200);
        assertThat(client.get("/ready").status()).isEqualTo(200);
    }

    @Test
    void everyPathIsDescribed() {
        JsonNode description = client.get("/openapi.json").json();

        assertThat(description.path("paths").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "/v1/chat/completions",
                        "/v1/completions",
                        "/v1/models",
                        "/v1/models/{id}",
                        "/health",
                        "/ready",
                        "/metrics",
                        "/openapi.json",
                        "/");
        assertThat(description.at("/components/schemas/Decoding/properties").fieldNames())
                .toIterable()
                .contains("window", "strategy", "cache", "stop", "gen_length", "steps", "guidance");
        for (String path : List.of(CHAT, "/v1/completions")) {
            JsonNode responses =
                    description.path("paths").path(path).path("post").path("responses");
            assertThat(responses.at("/200/headers").has("X-Warnings")).isTrue();
            assertThat(responses.at("/503/headers").fieldNames())
                    .toIterable()
                    .containsExactly("Retry-After", "Retry-After-Ms", "X-Should-Retry");
        }
        assertThat(description.at("/components/schemas/Chunk/properties").fieldNames())
                .toIterable()
                .contains("canvas", "warnings");
    }

    @Test
    void wrongPathsMethodsAndTypesAreTold() {
        assertThat(client.get("/v2").status()).isEqualTo(404);
        Reply wrongMethod = client.get(CHAT);
        assertThat(wrongMethod.status()).isEqualTo(405);
        assertThat(wrongMethod.header("Allow")).isEqualTo("POST");
        assertThat(client.post("/health", "{}").status()).isEqualTo(405);
        Reply noType = client.send(
                client.request(CHAT).POST(BodyPublishers.ofString("{}")).build());
        assertThat(noType.status()).isEqualTo(415);
    }
}
