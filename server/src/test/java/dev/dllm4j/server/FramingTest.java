package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests whose end two programs may see at two places, and what comes after such a request on its connection. */
class FramingTest {
    private static final String HIDDEN = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String STATUS_LINE = "HTTP/1\\.[01] \\d{3} ";
    private static final String BODY = "{\"prompt\":[5],\"max_tokens\":8}";

    @TempDir
    private static Path folder;

    private static TinyServer tiny;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(
                folder,
                ServerOptions.DEFAULT.withIdleTimeout(Duration.ofSeconds(20)).withBody(4096, Duration.ofSeconds(10)));
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    private static RawConnection connect() {
        return new RawConnection(tiny.server(), 0);
    }

    private static String post(String fields) {
        return "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + fields
                + "\r\n";
    }

    private static void isRefusedAlone(String answers) {
        assertThat(answers).startsWith("HTTP/1.1 400 ").containsIgnoringCase("\r\nconnection: close\r\n");
        assertThat(answers.split(STATUS_LINE, -1)).as(answers).hasSize(2);
        assertThat(answers).contains("\"type\":\"invalid_request_error\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: identity\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: gzip\r\nContent-Length: 0\r\n",
                "Transfer-Encoding: gzip, chunked\r\n",
                "Transfer-Encoding: chunked, identity\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: \u000bchunked\r\n",
                "Transfer-Encoding:\r\n chunked\r\n",
                "Transfer-Encoding : chunked\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                "Content-Length: 0\r\nContent-Length: 4\r\n",
                "Content-Length: 0\r\nContent-Length: 0\r\n",
                "Content-Length: 0, 4\r\n",
                "Content-Length: +0\r\n",
                "Content-Length: -1\r\n",
                "Content-Length: 0x0\r\n",
                "Content-Length: 99999999999999999999\r\n",
                "Sec-WebSocket-Key1: a\r\nSec-WebSocket-Key2: b\r\n",
                "No colon here\r\n"
            })
    void whatHasNoCertainEndIsRefusedAndNothingAfterItIsARequest(String fields) {
        try (RawConnection raw = connect().send(post(fields) + HIDDEN + HIDDEN)) {
            isRefusedAlone(raw.readToEnd());
        }
        try (RawConnection raw =
                connect().send("GET /health HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + HIDDEN)) {
            isRefusedAlone(raw.readToEnd());
        }
    }

    @Test
    void chunkedIsReadByAnyCase() {
        String chunks = Integer.toHexString(BODY.length()) + "\r\n" + BODY + "\r\n0\r\n\r\n";
        try (RawConnection raw = connect().send(post("Transfer-Encoding: Chunked\r\n") + chunks + HIDDEN)) {
            assertThat(raw.readAnswer()).contains("\"text\":");
            assertThat(raw.readAnswer()).contains("ok");
        }
    }

    @Test
    void aBodyThatWasRefusedIsNoRequest() {
        try (RawConnection raw = connect()
                .send("POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n" + HIDDEN)) {
            String answers = raw.readToEnd();

            assertThat(answers).startsWith("HTTP/1.1 404 ").containsIgnoringCase("\r\nconnection: close\r\n");
            assertThat(answers.split(STATUS_LINE, -1)).hasSize(2);
        }
    }

    @Test
    void aRefusalWithoutABodyLeavesTheConnectionOpen() {
        try (RawConnection raw = connect().send("GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" + HIDDEN)) {
            assertThat(raw.readAnswer()).contains("not_found");
            assertThat(raw.readAnswer()).contains("ok");
        }
    }

    @Test
    void linesThatAreTooLongAreRefusedByName() {
        try (RawConnection raw = connect().send("GET /" + "a".repeat(9000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
            assertThat(raw.readToEnd()).startsWith("HTTP/1.0 414 ").contains("uri_too_long");
        }
        try (RawConnection raw =
                connect().send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(20_000) + "\r\n\r\n")) {
            assertThat(raw.readToEnd()).startsWith("HTTP/1.1 431 ").contains("headers_too_large");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "completions|\"prompt\":[5]",
                "chat/completions|\"messages\":[{\"role\":\"user\",\"content\":\"5\"}]"
            })
    void aStreamOfHttp10EndsWithItsConnection(String path, String question) {
        String stream = "{\"stream\":true,\"max_tokens\":8," + question + "}";
        try (RawConnection raw = connect()
                .send("POST /v1/" + path + " HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + stream.length() + "\r\n\r\n" + stream)) {
            String answer = raw.readToEnd();

            assertThat(answer).endsWith("data: [DONE]\n\n");
            assertThat(answer)
                    .containsIgnoringCase("\r\nconnection: close\r\n")
                    .doesNotContainIgnoringCase("chunked")
                    .doesNotContainIgnoringCase("keep-alive");
        }
    }

    @Test
    void anAnswerOfKnownLengthKeepsHttp10Alive() {
        String request = "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        try (RawConnection raw = connect().send(request)) {
            assertThat(raw.readAnswer()).contains("ok");
            assertThat(raw.send(request).readAnswer()).contains("ok");
        }
    }

    @Test
    void anAnswerToHeadHasALengthAndNoBody() {
        try (RawConnection raw = connect().send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
            assertThat(raw.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200 ").contains("Content-Length: 15\r\n");
            assertThat(raw.send(HIDDEN).readUntil("\r\n")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aBodyIsInvitedWhenItIsWanted() {
        String expect = "Expect: 100-continue\r\nContent-Length: " + BODY.length() + "\r\n";
        try (RawConnection raw = connect().send(post(expect))) {
            assertThat(raw.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
            assertThat(raw.send(BODY).readAnswer()).contains("\"text\":");
        }
        try (RawConnection raw = connect().send(post("Expect: 100-continue\r\nContent-Length: 5000\r\n"))) {
            assertThat(raw.readToEnd()).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void otherProtocolsAreNotSpoken() {
        String upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
        try (RawConnection raw = connect().send("GET /health HTTP/1.1\r\nHost: localhost\r\n" + upgrade)) {
            assertThat(raw.readUntil("ok")).startsWith("HTTP/1.1 200 ");
        }
        String webSocket = String.join(
                "\r\n",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "",
                "");
        try (RawConnection raw = connect().send("GET /health HTTP/1.1\r\nHost: localhost\r\n" + webSocket)) {
            assertThat(raw.readUntil("ok")).startsWith("HTTP/1.1 200 ");
        }
        try (RawConnection raw = connect().send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
            assertThat(raw.readToEnd()).startsWith("HTTP/2.0 501 ");
        }
        try (RawConnection raw = connect().send("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n")) {
            assertThat(raw.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void eachAnswerHasAnIdOfItsOwn() {
        Reply first = tiny.client().get("/health");
        Reply second = tiny.client().get("/v1/nothing");

        assertThat(first.header("X-Request-Id")).hasSize(16);
        assertThat(second.header("X-Request-Id")).hasSize(16).isNotEqualTo(first.header("X-Request-Id"));
    }
}
