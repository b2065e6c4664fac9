package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.RequestFields;
import dev.dllm4j.server.testing.TinyServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are none, in every way a seed can think of: each is answered or its connection closed, none breaks the server. */
class MalformedRequestTest {
    private static final int MAX_BODY = 4096;
    private static final List<String> PATHS = List.of(
            "/v1/chat/completions",
            "/v1/completions",
            "/v1/models",
            "/v1/models/%00",
            "/v1/models/%",
            "/health",
            "/metrics",
            "/",
            "//",
            "/../etc/passwd",
            "/v1/chat/completions/");
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW");
    private static final List<String> SPECS = List.of(
            "threshold(1e999)",
            "topk(2147483647)",
            "topk(-1)",
            "leftmost(999999999)",
            "blocks(0)",
            "blocks(2147483647)",
            "elastic(gamma=NaN,track=2147483647)",
            "dllm-cache(prompt=0,response=-1,share=7)",
            "credit(then=credit(then=credit))",
            "hierarchy(0)",
            "filter",
            "filter(path=/etc/passwd)",
            "revise",
            "revise(",
            "entropy(-1)",
            "factor(Infinity)",
            "dream-schedule",
            "random",
            "full",
            "eos-freeze",
            "all",
            ")(",
            "(((((((((((((((((");
    private static final List<String> ATOMS = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1",
            "3",
            "1.5",
            "1e999",
            "-1e-999",
            "99999999999999999999999999",
            "\"\"",
            "\"5 6\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "[]",
            "{}",
            "[[]]",
            "[1,2]",
            "[-1]",
            "[97]",
            "[\"5\",7]",
            "[{\"role\":\"user\",\"content\":\"5 6\"}]",
            "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"5\"}]}]",
            "[{\"role\":\"assistant\"}]",
            "{\"include_usage\":true}",
            "nul",
            "NaN",
            "'a'");

    @TempDir
    private static Path folder;

    private static TinyServer tiny;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder, ServerOptions.DEFAULT.withBody(MAX_BODY, Duration.ofMillis(300)));
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    @Test
    void noneOfAThousandBreaksTheServer() {
        Cases.check(1000, seed -> {
            String answer = exchange(request(new Random(seed)));
            if (!answer.isEmpty()) {
                assertThat(answer).startsWith("HTTP/1.");
                assertThat(Integer.parseInt(answer.substring(9, 12))).as(answer).isBetween(200, 499);
            }
        });
        Client client = tiny.client();
        assertThat(client.post("/v1/completions", "{\"prompt\":[5],\"max_tokens\":8}")
                        .status())
                .isEqualTo(200);
        assertThat(client.metric("dllm4j_active_sequences")).isZero();
        assertThat(client.metric("dllm4j_requests_total", "status=\"5")).isZero();
    }

    @Test
    void aSlowSenderIsToldAndDropped() {
        String answer = exchange(bytes(head("POST", "/v1/completions", 500, "application/json") + "{\"prompt\":"));

        assertThat(answer).startsWith("HTTP/1.1 408").contains("body_timeout");
    }

    @Test
    void aBodyIsRefusedByItsLengthAndByItsBytes() {
        assertThat(exchange(bytes(head("POST", "/v1/completions", MAX_BODY + 1, "application/json"))))
                .startsWith("HTTP/1.1 413")
                .contains("body_too_large");
        String piece = "1000\r\n" + "x".repeat(4096) + "\r\n";
        assertThat(exchange(
                        bytes("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n" + piece + piece + "0\r\n\r\n")))
                .startsWith("HTTP/1.1 413");
    }

    /** The head of a request that asks the server to close when it is done. */
    private static String head(String method, String path, int length, String type) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + type
                + "\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static byte[] request(Random random) {
        byte[] body = body(random);
        String method = random.nextInt(4) == 0 ? pick(random, METHODS) : "POST";
        String path = random.nextInt(4) == 0 ? pick(random, PATHS) : PATHS.get(random.nextInt(2));
        String type = random.nextInt(10) == 0 ? "text/plain" : "application/json; charset=utf-8";
        // A length that is not the body's leaves the server waiting, or with bytes of a second request.
        int length = random.nextInt(25) == 0 ? random.nextInt(2 * MAX_BODY) : body.length;
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(bytes(
                switch (random.nextInt(30)) {
                    case 0 -> "NONSENSE\r\n\r\n";
                    case 1 -> method + " " + path + " HTTP/1.0\r\n\r\n";
                    case 2 -> head(method, "/" + "a".repeat(random.nextInt(20_000)), length, type);
                    case 3 -> head(method, path, length, "x".repeat(random.nextInt(40_000)));
                    case 4 -> method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n";
                    default -> head(method, path, length, type);
                }));
        request.writeBytes(body);
        return request.toByteArray();
    }

    private static byte[] body(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> noise(random, random.nextInt(200));
            case 1 -> bytes("{\"prompt\":" + "[".repeat(random.nextInt(1500)));
            case 2 -> bytes("{\"decoding\":" + "{\"a\":".repeat(random.nextInt(600)) + "1" + "}".repeat(100));
            case 3 -> bytes("{\"prompt\":\"" + "5 ".repeat(random.nextInt(3 * MAX_BODY / 2)) + "5\"}");
            case 4 -> cut(random, bytes(object(random)));
            default -> bytes(object(random));
        };
    }

    private static String object(Random random) {
        StringBuilder json = new StringBuilder("{\"max_tokens\":").append(1 + random.nextInt(40));
        json.append(
                random.nextBoolean() ? ",\"prompt\":[5,6]" : ",\"messages\":[{\"role\":\"user\",\"content\":\"5 6\"}]");
        for (int fields = random.nextInt(3); fields > 0; fields--) {
            json.append(",\"")
                    .append(pick(random, RequestFields.ALL))
                    .append("\":")
                    .append(pick(random, ATOMS));
        }
        if (random.nextBoolean()) {
            json.append(",\"decoding\":{\"")
                    .append(pick(random, RequestFields.DECODING))
                    .append("\":")
                    .append(random.nextBoolean() ? pick(random, ATOMS) : "\"" + pick(random, SPECS) + "\"")
                    .append(",\"")
                    .append(pick(random, RequestFields.DECODING.subList(0, 4)))
                    .append("\":\"")
                    .append(pick(random, SPECS))
                    .append("\"}");
        }
        return json.append('}').toString();
    }

    /** Cut short, and with one byte that UTF-8 may not have there. */
    private static byte[] cut(Random random, byte[] whole) {
        byte[] cut = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
        cut[random.nextInt(cut.length)] = (byte) (0x80 | random.nextInt(128));
        return cut;
    }

    private static byte[] noise(Random random, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private static String pick(Random random, List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** All that the server says until it closes; empty where it closes without a word. */
    private static String exchange(byte[] request) {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), tiny.server().port())) {
            socket.setSoTimeout(20_000);
            try {
                OutputStream out = socket.getOutputStream();
                out.write(request);
                out.flush();
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (SocketException e) {
                return ""; // Reset: the server had enough.
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the server does not answer", e);
        }
    }
}
