package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dllm4j.eval.HandwrittenPeer.Reply;
import dev.dllm4j.eval.HandwrittenPeer.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Four questions to servers that speak OpenAI's protocol each in its own way; 2 + 7 is answered in one of them. */
class PeerTest {
    private static final String OK =
            answer("{\"role\": \"assistant\", \"content\": \"#### 9\"}", "stop", "{\"completion_tokens\": 1}");

    @TempDir
    Path folder;

    @Test
    void noOtherProtocolIsOfferedSoThatTheBodyArrives() throws IOException {
        try (HandwrittenPeer peer = new HandwrittenPeer(request -> Reply.ok(OK))) {
            assertThat(evaluate(peer.address(), Optional.empty()).correct()).isEqualTo(1);

            assertThat(peer.requests())
                    .hasSize(4)
                    .allSatisfy(request -> assertThat(request.line()).endsWith(" HTTP/1.1"))
                    .allSatisfy(request -> assertThat(request.headers())
                            .doesNotContainKeys("upgrade", "http2-settings", "authorization"));
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            `{"role": "assistant", "content": null, "reasoning_content": "thinking..."}`, null
            `{"role": "assistant", "reasoning_content": "thinking..."}`, missing
            `{"role": "assistant", "content": null, "refusal": "no"}`, null
            `{"role": "assistant", "tool_calls": [{"id": "1", "type": "function"}]}`, missing
            `{"role": "assistant", "content": []}`, []
            """)
    void anAnswerWithoutTextIsScoredAsEmptyAndTheRunGoesOn(String message, String content) throws IOException {
        String empty = answer(message, "length", "{\"completion_tokens\": 64}");

        Summary summary = evaluate(request -> Reply.ok(request.number() == 1 ? empty : OK));

        assertThat(summary.json().path("strict_by_item").textValue()).isEqualTo("0100");
        assertThat(summary.json().path("empty").intValue()).isEqualTo(1);
        assertThat(summary.json().path("completion_tokens").intValue()).isEqualTo(67);
        assertThat(summary.toString()).contains("1 of 4 correct").contains(", 1 without text, counted as wrong; ");
        assertThat(summary.emptyWarning().orElseThrow())
                .startsWith("1 of 4 answers had no text and count as wrong; items.jsonl says how each");
        String items = Files.readString(folder.resolve("items.jsonl"));
        assertThat(items)
                .contains("\"output\":\"\"")
                .contains("\"empty\":\"content is " + content + ", finish_reason is length\"")
                .doesNotContain("\"failed\"");

        assertThat(evaluate(URI.create("http://127.0.0.1:1"), Optional.empty(), true)
                        .json()
                        .path("empty")
                        .intValue())
                .as("resumed, with nothing left to ask")
                .isEqualTo(1);
    }

    @Test
    void partsOfAnAnswerArePutTogether() throws IOException {
        String parts = answer(
                "{\"content\": [{\"type\": \"text\", \"text\": \"####\"}, {\"type\": \"text\", \"text\": \" 9\"}]}",
                "stop",
                "null");

        assertThat(evaluate(request -> Reply.ok(parts)).correct()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "400 | {\"error\":{\"message\":\"This model's maximum context length is 4096 tokens. However, you requested 5000"
                        + " tokens.\",\"type\":\"BadRequestError\",\"param\":\"input_tokens\",\"code\":400}}",
                "400 | {\"error\":{\"code\":400,\"message\":\"request (5000 tokens) exceeds the available context size (4096"
                        + " tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_ctx\":4096}}",
                "422 | {\"error\":\"Input validation error: `inputs` must have less than 4096 tokens. Given: 5000\"}",
                "413 | {\"error\":{\"message\":\"prompt is too long\"}}",
                "200 | {\"error\":{\"code\":\"context_length_exceeded\"}}"
            })
    void aQuestionTooLongForAServerIsSkippedAndTheRunGoesOn(int status, String body) throws IOException {
        Summary summary =
                evaluate(request -> request.number() == 2 ? new Reply(status, List.of(), body) : Reply.ok(OK));

        assertThat(summary.json().path("strict_by_item").textValue()).isEqualTo("0-00");
        assertThat(summary.json().path("skipped").intValue()).isEqualTo(1);
        assertThat(summary.json().path("failed").intValue()).isZero();
        assertThat(summary.accuracy()).as("of all four").isZero();
        assertThat(summary.toString()).contains(", 1 skipped (context), counted as wrong; ");
        assertThat(Files.readString(folder.resolve("items.jsonl")))
                .contains("\"skipped\":\"context\",\"reason\":\"the server answered " + status + ": {");
        assertThat(evaluate(URI.create("http://127.0.0.1:1"), Optional.empty(), true)
                        .json()
                        .path("skipped")
                        .intValue())
                .as("resumed, with nothing left to ask")
                .isEqualTo(1);
    }

    @Test
    void aServerThatAsksForAKeyGetsItAndOneThatGetsNoneEndsTheRun() throws IOException {
        Function<Request, Reply> guarded =
                request -> "Bearer secret".equals(request.headers().get("authorization"))
                        ? Reply.ok(OK)
                        : new Reply(401, List.of(), "{\"error\":\"Unauthorized\"}");
        try (HandwrittenPeer peer = new HandwrittenPeer(guarded)) {
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> evaluate(peer.address(), Optional.empty()))
                    .withMessage("server " + peer.address() + " answered 401: {\"error\":\"Unauthorized\"}; name the"
                            + " environment variable that holds its key with --api-key-env");
            assertThat(evaluate(peer.address(), Optional.of("secret"), true).correct())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"Retry-After: 1 | 900", "retry-after-ms: 400 | 350"})
    void aServerIsLeftAloneForAsLongAsItAsks(String header, long millis) throws IOException {
        long before = System.nanoTime();

        Summary summary = evaluate(
                request -> request.number() < 2 ? new Reply(429, List.of(header), "{\"error\":\"x\"}") : Reply.ok(OK));

        assertThat(summary.correct()).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(millis));
    }

    /** As our server answers past its {@code --request-timeout}. */
    @Test
    void aFailureThatWouldComeAgainIsTakenAtOnceAndTheRunGoesOn() throws IOException {
        Reply inVain = new Reply(503, List.of("X-Should-Retry: false"), "{\"error\":\"it took too long\"}");

        try (HandwrittenPeer peer = new HandwrittenPeer(request -> request.number() == 1 ? inVain : Reply.ok(OK))) {
            Summary summary = evaluate(peer.address(), Optional.empty());

            assertThat(summary.json().path("strict_by_item").textValue()).isEqualTo("-100");
            assertThat(peer.requests()).hasSize(4);
        }
        assertThat(Files.readString(folder.resolve("items.jsonl")))
                .contains("\"failed\":\"the server answered 503: {\\\"error\\\":\\\"it took too long\\\"}\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"usage\": null", ", \"usage\": []", ", \"usage\": {\"completion_tokens\": -1}"})
    void aServerThatReportsNoUsageIsScored(String usage) throws IOException {
        Summary summary =
                evaluate(request -> Reply.ok("{\"choices\": [{\"message\": {\"content\": \"#### 9\"}}]" + usage + "}"));

        assertThat(summary.correct()).isEqualTo(1);
        assertThat(summary.json().path("completion_tokens").intValue()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/v1", "/v1/", "/api", "/api/v1"})
    void anAddressMayEndInV1AsClientsHaveIt(String path) throws IOException {
        try (HandwrittenPeer peer = new HandwrittenPeer(request -> Reply.ok(OK))) {
            evaluate(URI.create(peer.address() + path), Optional.empty());

            String before = path.startsWith("/api") ? "/api" : "";
            assertThat(peer.requests())
                    .allSatisfy(request ->
                            assertThat(request.line()).isEqualTo("POST " + before + "/v1/chat/completions HTTP/1.1"));
        }
    }

    private Summary evaluate(Function<Request, Reply> replies) throws IOException {
        try (HandwrittenPeer peer = new HandwrittenPeer(replies)) {
            Summary summary = evaluate(peer.address(), Optional.empty());
            Files.writeString(
                    folder.resolve("run.json"),
                    Files.readString(folder.resolve("run.json"))
                            .replace(peer.address().toString(), "http://127.0.0.1:1"));
            return summary;
        }
    }

    private Summary evaluate(URI address, Optional<String> key) throws IOException {
        return evaluate(address, key, false);
    }

    private Summary evaluate(URI address, Optional<String> key, boolean resume) throws IOException {
        ServerConnection.Terms terms = new ServerConnection.Terms(Duration.ofMillis(1), Duration.ofSeconds(5), 10_000);
        StringBuilder lines = new StringBuilder();
        for (int number = 1; number <= 4; number++) {
            lines.append("{\"question\": \"What is ")
                    .append(number)
                    .append(" + 7?\", \"answer\": \"#### ")
                    .append(number + 7)
                    .append("\"}\n");
        }
        QuestionFile questions = QuestionFile.read(
                "four.jsonl", new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
        return new Evaluation(
                        new Exam(Task.PLAIN, questions, Shots.NONE, true), List.of("server"), folder, resume, false)
                .run(List.of(new ServerAnswerer(address, "m", key, true, 64, 1, terms)), pace -> {})
                .get(0);
    }

    private static String answer(String message, String reason, String usage) {
        return "{\"choices\": [{\"index\": 0, \"message\": %s, \"finish_reason\": \"%s\"}], \"usage\": %s}"
                .formatted(message, reason, usage);
    }
}
