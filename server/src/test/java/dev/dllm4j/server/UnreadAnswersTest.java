package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.TinyServer;
import dev.dllm4j.server.testing.Wait;
import io.netty.util.internal.PlatformDependent;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that send one request after the other and read no answer. */
class UnreadAnswersTest {
    private static final String PAGE = "/openapi.json";
    private static final String GET = "GET " + PAGE + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    /** The system takes in little for them. */
    private static final int RECEIVE_BYTES = 4096;

    @TempDir
    private Path folder;

    private static double pages(Client client) {
        return client.metric("dllm4j_requests_total", PAGE);
    }

    private static void close(List<RawConnection> connections) {
        connections.forEach(RawConnection::close);
    }

    @Test
    void theNextRequestIsNotTakenUpWhileAnAnswerIsOwed() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT);
                RawConnection raw = new RawConnection(tiny.server(), RECEIVE_BYTES)) {
            Client client = tiny.client();
            int length = client.get(PAGE).body().length();
            raw.send(GET.repeat(16));
            Wait.until("requests were taken up", () -> pages(client) > 1);
            double taken = settled(client);

            assertThat(taken).isLessThan(16);
            for (int answer = 0; answer < 16; answer++) {
                assertThat(raw.readAnswer()).hasSize(length);
            }
            assertThat(pages(client)).isEqualTo(17);
        }
    }

    /** Waits until no more pages are answered for a while. */
    private static double settled(Client client) {
        double[] last = {-1};
        int[] quiet = {0};
        Wait.until("no more is answered", () -> {
            double pages = pages(client);
            quiet[0] = pages == last[0] ? quiet[0] + 1 : 0;
            last[0] = pages;
            return quiet[0] > 50;
        });
        return last[0];
    }

    @Test
    void whoReadsNothingIsDropped() {
        ServerOptions options = ServerOptions.DEFAULT.withStallTimeout(Duration.ofMillis(300));
        try (TinyServer tiny = new TinyServer(folder, options);
                RawConnection raw = new RawConnection(tiny.server(), RECEIVE_BYTES)) {
            Client client = tiny.client();
            raw.send(GET.repeat(16));
            Wait.until("requests were taken up", () -> pages(client) > 1);

            Wait.until("it is dropped", () -> client.metric("dllm4j_connections") == 1);
        }
    }

    @Test
    void theServerStopsAllTheSame() {
        TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT.withDrain(Duration.ZERO));
        Client client = tiny.client();
        try (RawConnection raw = new RawConnection(tiny.server(), RECEIVE_BYTES)) {
            raw.send(GET.repeat(16));
            Wait.until("requests were taken up", () -> pages(client) > 1);

            tiny.close();

            assertThatThrownBy(() -> client.get("/health")).isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void whoSendsTooFarAheadIsDropped() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT);
                RawConnection raw = new RawConnection(tiny.server(), RECEIVE_BYTES)) {
            Client client = tiny.client();
            raw.send(GET.repeat(400));

            Wait.until("it is dropped", () -> client.metric("dllm4j_connections") == 1);
        }
    }

    @Test
    void aCrowdOfThemLeavesMemoryAndConnectionsAsTheyWere() {
        ServerOptions options = ServerOptions.DEFAULT.withStallTimeout(Duration.ofSeconds(1));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            client.get(PAGE);
            long before = PlatformDependent.usedDirectMemory();
            List<RawConnection> crowd = new ArrayList<>();
            try {
                for (int number = 0; number < 60; number++) {
                    RawConnection raw = new RawConnection(tiny.server(), RECEIVE_BYTES);
                    crowd.add(raw);
                    sendAsMuchAsIsTaken(raw);
                    assertThat(client.post("/v1/completions", "{\"prompt\":[5],\"max_tokens\":8}")
                                    .status())
                            .isEqualTo(200);
                }
                Wait.until("they are dropped", () -> client.metric("dllm4j_connections") == 1);
                assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(32 << 20);
            } finally {
                close(crowd);
            }
        }
    }

    private static void sendAsMuchAsIsTaken(RawConnection raw) {
        try {
            for (int burst = 0; burst < 100; burst++) {
                raw.send(GET.repeat(8));
            }
        } catch (UncheckedIOException e) {
            return; // The server had enough.
        }
    }
}
