package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerAnswererTest {
    private static final String ANSWER =
            "{\"choices\": [{\"message\": {\"content\": \"1 + 1 = 2. #### 2 Question: x\"}}],"
                    + " \"usage\": {\"prompt_tokens\": 5, \"completion_tokens\": 7, \"work\": {\"forwards\": 3}}}";
    private static final String TOO_LONG = "{\"error\": {\"code\": \"context_length_exceeded\"}}";

    private static final ServerConnection.Terms TERMS =
            new ServerConnection.Terms(Duration.ofMillis(1), Duration.ofSeconds(5), 10_000);

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<JsonNode> requests = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> authorizations = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Deque<HttpServer> servers = new ArrayDeque<>();

    /** What a server says: a status and a body; status 0 drops the connection. */
    private record Reply(int status, String body) {}

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    @Test
    void aServerIsAskedAndScoredLikeAModel() throws IOException {
        URI address = serve(request -> new Reply(200, ANSWER));

        Summary summary = evaluate(address, false, 2);

        assertThat(summary.correct()).isEqualTo(4);
        assertThat(summary.meanForwards()).isEqualTo(3);
        assertThat(summary.json().path("completion_tokens").intValue()).isEqualTo(28);
        assertThat(requests).hasSize(4);
        assertThat(requests.peek())
                .hasToString(
                        "{\"model\":\"m\",\"max_tokens\":64,\"temperature\":0,\"messages\":[{\"role\":\"user\","
                                + "\"content\":\"Question: 1 + 1?\\nAnswer:\"}],\"stop\":[\"Question:\",\"</s>\",\"<|im_end|>\"]}");
    }

    @Test
    void whatPassesIsTriedAgain() throws IOException {
        URI address = serve(request -> switch (request) {
            case 0 -> new Reply(0, "");
            case 1 -> new Reply(503, "busy");
            case 2 -> new Reply(429, "busy");
            default -> new Reply(200, ANSWER);
        });

        assertThat(evaluate(address, false, 1).correct()).isEqualTo(4);
        assertThat(requests).hasSize(7);
    }

    @Test
    void aServerThatDiesEndsTheRunClearlyAndResumeGoesOn() throws IOException {
        URI dying = serve(request -> request < 2 ? new Reply(200, ANSWER) : new Reply(0, ""));
        int port = dying.getPort();

        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> evaluate(dying, false, 1))
                .withMessageMatching(
                        "server http://127.0.0.1:\\d+ gave no answer in 6 tries \\(.*\\); start it again and"
                                + " go on with --resume");
        assertThat(Files.readAllLines(folder.resolve("items.jsonl"))).hasSize(2);
        assertThat(requests).hasSize(8);

        servers.element().stop(0);
        URI back = serve(port, request -> new Reply(200, ANSWER));
        assertThat(evaluate(back, true, 1).correct()).isEqualTo(4);
        assertThat(requests).hasSize(10);
        assertThat(Files.readAllLines(folder.resolve("items.jsonl"))).hasSize(4);
    }

    @Test
    void nothingIsAskedAfterTheQuestionThatEndsTheRun() throws IOException {
        URI address = serve(request -> new Reply(request == 0 ? 200 : 401, ANSWER));

        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> new Evaluation(exam(), List.of("server"), folder, false, false)
                        .run(
                                List.of(answerer(address, 1)),
                                pace -> LockSupport.parkNanos(
                                        Duration.ofMillis(300).toNanos())))
                .withMessageContaining(" answered 401: ");

        assertThat(requests).hasSize(2);
    }

    @Test
    void aCompletionWithoutTextIsEmptyByThatField() {
        assertThat(ServerAnswer.of(new ServerConnection.Reply(200, "{\"choices\": [{\"text\": null}]}"), false)
                        .ending())
                .isEqualTo("text is null, finish_reason is missing");
    }

    @Test
    void aQuestionTooLongIsSkippedAndAWrongRequestIsNot() throws IOException {
        Summary summary = evaluate(serve(request -> new Reply(400, TOO_LONG)), false, 1);
        assertThat(summary.json().path("skipped").intValue()).isEqualTo(4);
        servers.element().stop(0);

        URI wrong = serve(request -> new Reply(404, "{\"error\": \"no such\n model\"}"));
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> new Evaluation(exam(), List.of("server"), folder.resolve("wrong"), false, false)
                        .run(List.of(answerer(wrong, 1)), pace -> {}))
                .withMessageEndingWith(" answered 404: {\"error\": \"no such model\"}; check its address and model");
    }

    @Test
    void aQuestionThatTheServerFailsOnIsRecordedAndTheOthersGoOn() throws IOException {
        URI address = serve(request -> request < 6
                ? new Reply(500, "{\"error\": \"\u001b[31mfailed\u0007\"}")
                : new Reply(request == 6 ? 422 : 200, ANSWER));

        Summary summary = evaluate(address, false, 1);

        assertThat(summary.json().path("strict_by_item").textValue()).isEqualTo("--11");
        assertThat(Files.readString(folder.resolve("items.jsonl")))
                .contains("\"failed\":\"the server answered 500: {\\\"error\\\": \\\" [31mfailed \\\"}\"")
                .contains("the server answered 422: ");
    }

    @Test
    void aServerThatFailsOnEveryQuestionEndsTheRun() throws IOException {
        URI address = serve(request -> new Reply(200, "{\"choices\": []}"));

        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluate(address, false, 1, 6))
                .withMessage("the first 5 questions failed, each of them (the server answered 200: {\"choices\": []});"
                        + " mend that and go on with --resume");
        assertThat(requests).hasSizeBetween(5, 6);
    }

    @Test
    void anEndlessAnswerIsGivenUp() throws IOException {
        URI address = serve(request -> new Reply(200, request == 0 ? "x".repeat(20_000) : ANSWER));

        assertThat(evaluate(address, false, 1).correct()).isEqualTo(3);
        assertThat(Files.readString(folder.resolve("items.jsonl")))
                .contains("the server answered 200: (its answer is longer than 10000 bytes)");
    }

    @Test
    void anAnswerThatDripsIsGivenUp() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        CountDownLatch givenUp = new CountDownLatch(1);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            awaitUninterruptibly(givenUp);
            exchange.close();
        });
        server.start();
        servers.push(server);
        ServerConnection connection = new ServerConnection(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                Optional.empty(),
                new ServerConnection.Terms(Duration.ofMillis(1), Duration.ofMillis(200), 10_000));

        assertThat(connection)
                .satisfies(peer -> assertThat(peer.post("/v1/completions", "{}"))
                        .isEqualTo(new ServerConnection.Reply(200, "(no whole answer within 0.2 seconds)")));
        givenUp.countDown();
    }

    @Test
    void theKeyIsSentAndShownNowhere() throws IOException {
        evaluate(serve(request -> new Reply(200, ANSWER)), false, 1);

        assertThat(authorizations).containsOnly("Bearer secret-key");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.readString(file)).doesNotContain("secret"));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ServerAnswerer(URI.create("http://localhost"), "m", Optional.of("two\nlines"), true, 64, 1))
                .withMessageNotContaining("lines\n")
                .withMessageStartingWith("the API key is empty or has a character");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> answerer(URI.create("http://me:word@localhost"), 1))
                .withMessageStartingWith("server has a user or password in its address")
                .withMessageNotContaining("word@");
    }

    @Test
    void theServersOwnWaitIsKept() throws IOException {
        URI address = serve(request -> new Reply(request == 0 ? 429 : 200, request == 0 ? "1" : ANSWER));
        long before = System.nanoTime();

        assertThat(evaluate(address, false, 1).correct()).isEqualTo(4);

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anAddressMustBeOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> answerer(URI.create("localhost:8080"), 1))
                .withMessage("server is localhost:8080; it must be an address, e.g. http://localhost:8080");
        assertThatIllegalArgumentException().isThrownBy(() -> answerer(URI.create("http://localhost"), 0));
    }

    private Summary evaluate(URI address, boolean resume, int atOnce) throws IOException {
        return evaluate(address, resume, atOnce, 4);
    }

    private Summary evaluate(URI address, boolean resume, int atOnce, int questions) throws IOException {
        return new Evaluation(exam(questions), List.of("server"), folder, resume, false)
                .run(List.of(answerer(address, atOnce)), pace -> {})
                .get(0);
    }

    private static ServerAnswerer answerer(URI address, int atOnce) {
        return new ServerAnswerer(address, "m", Optional.of("secret-key"), true, 64, atOnce, TERMS);
    }

    private static Exam exam() throws IOException {
        return exam(4);
    }

    private static Exam exam(int questions) throws IOException {
        String lines = "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n".repeat(questions);
        QuestionFile file =
                QuestionFile.read("sums.jsonl", new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
        return new Exam(Task.GSM8K, file, Shots.NONE, true);
    }

    private URI serve(IntFunction<Reply> replies) throws IOException {
        return serve(0, replies);
    }

    /** @param replies by the number of the request, from 0 */
    private URI serve(int port, IntFunction<Reply> replies) throws IOException {
        count.set(0);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/v1/chat/completions", exchange -> {
            requests.add(new ObjectMapper().readTree(exchange.getRequestBody()));
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            Reply reply = replies.apply(count.getAndIncrement());
            if (reply.status == 429) {
                exchange.getResponseHeaders().add("Retry-After", reply.body);
            }
            if (reply.status == 0) {
                throw new IOException("dropped on purpose");
            }
            byte[] body = reply.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        servers.push(server);
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }
}
