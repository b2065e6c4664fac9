package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that go in the middle of their answers, by the dozen, beside others that stay. */
class DisconnectTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final List<String> CACHES = List.of("none", "prefix", "dual", "elastic");
    private static final int ROUNDS = 10;
    private static final int GOING = 20;

    @TempDir
    private Path folder;

    private Optional<GatedServer> running = Optional.empty();

    @AfterEach
    void stop() {
        running.ifPresent(GatedServer::close);
    }

    private GatedServer serve() {
        GatedServer tiny = new GatedServer(
                "tiny",
                TinyModels.open(folder, Family.LLADA),
                new TokenNames(),
                Optional.empty(),
                ServerOptions.DEFAULT.withEngine(
                        new Limits(GOING + CACHES.size(), 4, Duration.ofMinutes(5), Duration.ofMinutes(10))));
        running = Optional.of(tiny);
        return tiny;
    }

    /** One token a step, so that an answer has as many steps as tokens. */
    private static String request(int number, int tokens) {
        return "\"prompt\":[" + (3 + number % 80) + ",6,7],\"max_tokens\":" + tokens
                + ",\"decoding\":{\"strategy\":\"topk(1)\",\"block_length\":8,\"cache\":\""
                + CACHES.get(number % CACHES.size()) + "\"}}";
    }

    @Test
    void twoHundredGoAndNobodyElseNotices() {
        GatedServer tiny = serve();
        Client client = tiny.client();
        tiny.gate().open();
        List<String> staying = IntStream.range(0, CACHES.size())
                .mapToObj(number -> "{" + request(number, 120))
                .toList();
        List<Reply> alone =
                staying.stream().map(body -> client.post(COMPLETIONS, body)).toList();
        tiny.gate().only(0);
        List<CompletableFuture<Reply>> replies = staying.stream()
                .map(body -> client.postAsync(COMPLETIONS, body))
                .toList();
        Wait.until("the neighbours wait", () -> waiting(client) == CACHES.size());
        letIn(tiny, client, CACHES.size());
        for (int round = 0; round < ROUNDS; round++) {
            oneRound(tiny, client, round);
        }

        assertThat(client.metric("dllm4j_cancelled_total", "client_gone")).isEqualTo(ROUNDS * GOING);
        tiny.gate().open();
        for (int index = 0; index < staying.size(); index++) {
            Reply reply = replies.get(index).join();
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().path("choices"))
                    .isEqualTo(alone.get(index).json().path("choices"));
        }
        assertThat(tiny.decoder().cache().liveBytes()).isZero();
        assertThat(client.metric("dllm4j_cache_bytes")).isZero();
        assertThat(client.metric("dllm4j_active_sequences")).isZero();
    }

    private static double waiting(Client client) {
        return client.metric("dllm4j_active_sequences") + client.metric("dllm4j_queued_sequences");
    }

    /** Sequences are taken in between two forwards, so the one at the gate has to pass: one by one, none too many. */
    private static void letIn(GatedServer tiny, Client client, int active) {
        Wait.until("a forward is at the gate", () -> tiny.gate().atTheGate() == 1);
        while (client.metric("dllm4j_active_sequences") != active || tiny.gate().sequences() != active) {
            int begun = tiny.gate().entered();
            tiny.gate().let(1);
            Wait.until("the next forward is at the gate", () -> tiny.gate().entered() == begun + 1);
        }
    }

    private static void oneRound(GatedServer tiny, Client client, int round) {
        List<RawConnection> going = IntStream.range(0, GOING)
                .mapToObj(number -> new RawConnection(tiny.server(), 0)
                        .post(COMPLETIONS, "{\"stream\":true," + request(round * GOING + number, 64)))
                .toList();
        Wait.until("all have come", () -> waiting(client) == GOING + CACHES.size());
        letIn(tiny, client, GOING + CACHES.size());
        int before = tiny.gate().entered();
        tiny.gate().let(2);
        Wait.until("they are in the middle", () -> tiny.gate().entered() == before + 2);
        going.forEach(stream -> stream.readUntil("data: "));
        going.forEach(RawConnection::close);
        Wait.until("the server has noticed", () -> tiny.gate().sequences() == CACHES.size());
        assertThat(tiny.gate().entered()).isEqualTo(before + 2);
        // The forward at the gate was begun with them; the next one is without.
        tiny.gate().let(1);
        Wait.until("the next forward is at the gate", () -> tiny.gate().entered() == before + 3);
        assertThat(tiny.gate().asked()).isEqualTo(CACHES.size());
        assertThat(client.metric("dllm4j_active_sequences")).isEqualTo(CACHES.size());
    }
}
