package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.KeptConnection;
import dev.dllm4j.server.testing.KeptConnection.Answer;
import dev.dllm4j.server.testing.OddRequests;
import dev.dllm4j.server.testing.OddRequests.Odd;
import dev.dllm4j.server.testing.Resources;
import dev.dllm4j.server.testing.TinyServer;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Twenty thousand odd requests from several clients at once: each is answered, none by a fault of the server's, and when
 * they are over the server holds what it held before. {@code -Ddllm4j.odd.requests=N} sends another number.
 */
class OddRequestTest {
    private static final int REQUESTS = Integer.getInteger("dllm4j.odd.requests", 20_000);
    /** Until threads, pools and compiled paths are what they stay. */
    private static final int WARM_UP = 2000;

    private static final Duration SETTLING = Duration.ofSeconds(30);
    private static final int CLIENTS = 4;
    private static final int LONGEST_BODY = 16 << 10;
    /** Netty's arenas grow by chunks of 4 MiB. */
    private static final long POOLED_BYTES = 32 << 20;

    @TempDir
    private Path folder;

    private final AtomicLong seeds = new AtomicLong();
    private final AtomicLong decoded = new AtomicLong();

    @Test
    void allAreAnsweredAndLeaveNothingBehind() throws Exception {
        ServerOptions options = ServerOptions.DEFAULT
                .withBody(2 * LONGEST_BODY, Duration.ofSeconds(20))
                .withRequest(new RequestLimits(64, 32, 4));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            warmUp(tiny);
            client.metric("dllm4j_connections"); // Has its connection from here on.
            Resources before = settled(client, Resources.now());
            send(tiny, REQUESTS);
            settled(client, before);

            assertThat(client.metric("dllm4j_requests_total", "status=\"5")).isZero();
            // Else the generator is too odd to reach what lies behind the reader.
            assertThat(decoded.get()).isGreaterThan((WARM_UP + REQUESTS) / 20);
            assertThat(client.post("/v1/completions", "{\"prompt\":[5],\"max_tokens\":8}")
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Waits until nothing is open but this client's own connection, and nothing held beyond what was. */
    private static Resources settled(Client client, Resources before) {
        Wait.until(
                "connections and sequences end",
                () -> client.metric("dllm4j_connections") <= 1
                        && client.metric("dllm4j_active_sequences") == 0
                        && client.metric("dllm4j_queued_sequences") == 0);
        for (long end = System.nanoTime() + SETTLING.toNanos(); System.nanoTime() < end; ) {
            if (Resources.now().within(before, POOLED_BYTES)) {
                return before;
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        throw new AssertionError("the process held " + before + " and holds " + Resources.now());
    }

    /** Every event loop has served, and every worker. */
    private void warmUp(TinyServer tiny) throws IOException, InterruptedException {
        for (int loop = 0; loop < 4 * Runtime.getRuntime().availableProcessors(); loop++) {
            try (KeptConnection connection = new KeptConnection(tiny.server())) {
                connection.send("GET", "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", new byte[0]);
            }
        }
        send(tiny, WARM_UP);
    }

    private void send(TinyServer tiny, int requests) throws InterruptedException {
        long end = seeds.get() + requests;
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int each = 0; each < CLIENTS; each++) {
                done.add(clients.submit(() -> sendUntil(end, tiny)));
            }
            for (Future<?> each : done) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getMessage(), e);
        } finally {
            clients.shutdownNow();
        }
        seeds.set(end);
    }

    private Void sendUntil(long end, TinyServer tiny) throws IOException {
        try (KeptConnection connection = new KeptConnection(tiny.server())) {
            for (long seed = seeds.getAndIncrement(); seed < end; seed = seeds.getAndIncrement()) {
                Odd odd = new OddRequests(seed, LONGEST_BODY).next();
                try {
                    check(odd, connection.send(odd.method(), odd.head(), odd.body()));
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + ": " + e + "\n" + odd.head() + shown(odd.body()), e);
                }
            }
        }
        return null;
    }

    private void check(Odd odd, Answer answer) {
        assertThat(answer.status()).as(answer.body()).isBetween(200, 499);
        assertThat(answer.headers()).containsKey("x-request-id");
        if (answer.status() == 200 && odd.method().equals("POST")) {
            decoded.incrementAndGet();
            assertThat(answer.body()).doesNotContain("internal_error");
        }
        if (answer.status() >= 400 && !odd.method().equals("HEAD")) {
            JsonNode error = Client.json(answer.body()).path("error");
            assertThat(error.path("message").asText()).isNotBlank().doesNotContain("\n");
            assertThat(error.path("message").asText().codePoints().count()).isLessThan(1000);
            assertThat(error.path("type").asText()).isIn("invalid_request_error", "rate_limit_error");
            assertThat(error.has("param")).isTrue();
            assertThat(error.path("code").asText()).isNotBlank();
        }
    }

    private static String shown(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        return text.length() > 500 ? text.substring(0, 500) + "…" : text;
    }
}
