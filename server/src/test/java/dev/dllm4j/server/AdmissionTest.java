package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.GatedPredictor;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who gets in, who waits, who is sent away, and what happens to those who leave; on a model that a test holds back. */
class AdmissionTest {
    private static final String COMPLETIONS = "/v1/completions";
    /** 32 masks, one a step. */
    private static final String SLOW = "\"prompt\":[1,2,3],\"max_tokens\":32,\"decoding\":{\"strategy\":\"topk(1)\"}}";

    private final GatedPredictor model =
            new GatedPredictor(new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)));
    private final Decoder decoder = new Decoder(model, new TokenNames(), Optional.empty(), "scripted");
    private Server server = start(decoder, ServerOptions.DEFAULT);
    private Client client = new Client(server);

    private void serve(ServerOptions options) {
        server.close();
        server = start(decoder, options);
        client = new Client(server);
    }

    private static Server start(Decoder decoder, ServerOptions options) {
        return Server.start(
                List.of(new ServedModel("scripted", decoder, RuntimeOptions.DEFAULT, Instant.EPOCH)),
                options.withPort(0));
    }

    private static ServerOptions places(int active, int queued, Duration patience) {
        return ServerOptions.DEFAULT.withEngine(new Limits(active, queued, patience, Duration.ofMinutes(1)));
    }

    private CompletableFuture<Reply> ask() {
        return client.postAsync(COMPLETIONS, "{" + SLOW);
    }

    private void waitForPlaces(int active, int queued) {
        Wait.until(
                active + " active and " + queued + " queued",
                () -> client.metric("dllm4j_active_sequences") == active
                        && client.metric("dllm4j_queued_sequences") == queued);
    }

    /**
     * On a thread of its own: the JDK's HTTP client completes its futures in the common pool, which has a single thread
     * on two cores. One that waits there for the server to drain leaves no other to complete the requests drained.
     */
    private CompletableFuture<Void> stopInBackground() {
        return CompletableFuture.runAsync(() -> server.close(), task -> new Thread(task, "stopping").start());
    }

    @AfterEach
    void stop() {
        model.open();
        server.close();
        decoder.close();
    }

    @Test
    void whoFindsNoPlaceIsToldWhenToComeBack() {
        serve(places(1, 1, Duration.ofMinutes(1)));
        CompletableFuture<Reply> first = ask();
        waitForPlaces(1, 0);
        CompletableFuture<Reply> second = ask();
        waitForPlaces(1, 1);

        Reply third = ask().join();

        assertThat(third.status()).isEqualTo(429);
        assertThat(third.header("Retry-After")).isEqualTo("1"); // What a sequence is taken to run before one has.
        assertThat(third.header("Retry-After-Ms")).isEqualTo("1000");
        assertThat(third.json().at("/error/message").asText()).isEqualTo("all places are taken; try again in 1 second");
        assertThat(third.json().at("/error/type").asText()).isEqualTo("rate_limit_error");
        assertThat(third.json().at("/error/code").asText()).isEqualTo("overloaded");
        assertThat(client.metric("dllm4j_rejected_total", "full")).isEqualTo(1);
        model.open();
        assertThat(first.join().status()).isEqualTo(200);
        assertThat(second.join().text()).isEqualTo(first.join().text()).isNotEmpty();
    }

    @Test
    void aFullServerDoesNotReadPrompts() {
        serve(places(1, 0, Duration.ofMinutes(1)));
        String unreadable = "{\"prompt\":{},\"max_tokens\":32}";
        assertThat(client.post(COMPLETIONS, unreadable).status()).isEqualTo(400);
        CompletableFuture<Reply> first = ask();
        waitForPlaces(1, 0);

        assertThat(client.post(COMPLETIONS, unreadable).status()).isEqualTo(429);

        model.open();
        assertThat(first.join().status()).isEqualTo(200);
    }

    @Test
    void whoWantsMorePlacesThanThereAreGetsNone() {
        serve(places(1, 1, Duration.ofMinutes(1)));
        CompletableFuture<Reply> first = ask();
        waitForPlaces(1, 0);

        Reply two = client.post(COMPLETIONS, "{\"n\":2," + SLOW);

        assertThat(two.status()).isEqualTo(429);
        assertThat(two.header("Retry-After")).isEqualTo("2");
        assertThat(client.metric("dllm4j_queued_sequences")).isZero();
        model.open();
        assertThat(first.join().status()).isEqualTo(200);
    }

    @Test
    void whoWaitsTooLongIsSentAway() {
        Duration patience = Duration.ofMillis(50);
        serve(places(1, 1, patience));
        CompletableFuture<Reply> first = ask();
        waitForPlaces(1, 0);
        CompletableFuture<Reply> second = ask();
        waitForPlaces(1, 1);
        long begin = System.nanoTime();
        Wait.until("the second's patience is at its end", () -> System.nanoTime() - begin > patience.toNanos());

        model.let(1); // Deadlines are looked at between two steps.

        assertThat(second.join().status()).isEqualTo(429);
        assertThat(second.join().header("Retry-After")).isEqualTo("1");
        assertThat(client.metric("dllm4j_cancelled_total", "waited_too_long")).isEqualTo(1);
        model.open();
        assertThat(first.join().status()).isEqualTo(200);
    }

    @Test
    void whoRunsTooLongIsToldThatAnotherTryIsInVain() {
        Duration runtime = Duration.ofMillis(50);
        serve(ServerOptions.DEFAULT.withEngine(new Limits(1, 0, Duration.ofMinutes(1), runtime)));
        CompletableFuture<Reply> asked = ask();
        waitForPlaces(1, 0);
        long begin = System.nanoTime();
        Wait.until("its time is over", () -> System.nanoTime() - begin > runtime.toNanos());

        model.let(1);

        assertThat(asked.join().status()).isEqualTo(503);
        assertThat(asked.join().json().at("/error/code").asText()).isEqualTo("request_timeout");
        assertThat(asked.join().header("X-Should-Retry")).isEqualTo("false");
        assertThat(asked.join().header("Retry-After")).isEmpty();
    }

    @Test
    void aSequenceJoinsWhileAnotherIsInItsBlock() {
        serve(places(2, 0, Duration.ofMinutes(1)));
        CompletableFuture<Reply> first = ask();
        model.let(10);
        Wait.until("the first is under way", () -> model.entered() == 11);
        CompletableFuture<Reply> second = ask();
        // Admission happens between two steps, so the gate lets one more through.
        Wait.until("the second is in the queue", () -> client.metric("dllm4j_queued_sequences") == 1);
        model.let(1);
        waitForPlaces(2, 0);
        model.open();

        assertThat(first.join()
                        .json()
                        .path("usage")
                        .path("work")
                        .path("forwards")
                        .asInt())
                .isEqualTo(32);
        assertThat(second.join()
                        .json()
                        .path("usage")
                        .path("work")
                        .path("forwards")
                        .asInt())
                .isEqualTo(32);
        assertThat(second.join().text()).isEqualTo(first.join().text());
        assertThat(model.entered()).isEqualTo(11 + 32);
    }

    @Test
    void aClientThatGoesTakesItsSequenceAlong() throws IOException {
        serve(places(2, 0, Duration.ofMinutes(1)));
        String body = "{\"stream\":true," + SLOW;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String request =
                    "POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            model.let(5);
            readUntil(socket.getInputStream(), "data: ");
            Wait.until("the sequence is at the gate", () -> model.entered() == 6);
        }
        Wait.until("the server has noticed", () -> client.metric("dllm4j_connections") == 1);
        model.let(1);
        Wait.until("the place is free", () -> client.metric("dllm4j_active_sequences") == 0);

        assertThat(client.metric("dllm4j_cancelled_total", "client_gone")).isEqualTo(1);
        assertThat(model.entered()).isEqualTo(6);
        assertThat(decoder.cache().liveBytes()).isZero();
        model.open();
        assertThat(ask().join().status()).isEqualTo(200);
    }

    private static void readUntil(InputStream stream, String word) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(word) < 0) {
            int next = stream.read();
            assertThat(next).as("the end after: " + read).isNotNegative();
            read.append((char) next);
        }
    }

    @Test
    void stoppingLetsRequestsFinishAndTakesNoMore() {
        serve(places(1, 1, Duration.ofMinutes(1)).withDrain(Duration.ofMinutes(1)));
        CompletableFuture<Reply> first = ask();
        waitForPlaces(1, 0);
        CompletableFuture<Void> stopped = stopInBackground();
        Wait.until("it is not ready", () -> client.get("/ready").status() == 503);
        Wait.until("it takes no more", () -> ask().join().status() == 503);
        Reply refused = ask().join();
        assertThat(refused.header("Retry-After")).isEqualTo("8");
        // So that the next try is a new connection, which a balancer leads to another server.
        assertThat(refused.header("Connection")).isEqualTo("close");

        model.open();

        assertThat(first.join().status()).isEqualTo(200);
        stopped.join();
    }

    @Test
    void stoppingAtOnceTellsThoseWhoWait() {
        serve(places(1, 1, Duration.ofMinutes(1)).withDrain(Duration.ZERO));
        List<CompletableFuture<Reply>> asked =
                IntStream.range(0, 2).mapToObj(i -> ask()).toList();
        waitForPlaces(1, 1);
        CompletableFuture<Void> stopped = stopInBackground();
        Wait.until("it is not ready", () -> client.get("/ready").status() == 503);

        model.let(1);

        asked.forEach(reply -> {
            assertThat(reply.join().status()).isEqualTo(503);
            assertThat(reply.join().json().at("/error/code").asText()).isEqualTo("stopping");
            assertThat(reply.join().header("Retry-After")).isEqualTo("8");
        });
        stopped.join();
    }

    @Test
    void whoIsBeingReadWhenTheServerStopsIsAnswered() throws IOException, InterruptedException {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        TokenNames held = new TokenNames() {
            @Override
            public int[] encode(String text) {
                reading.countDown();
                try {
                    assertThat(read.await(1, TimeUnit.MINUTES)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return super.encode(text);
            }
        };
        server.close();
        server = start(
                new Decoder(model, held, Optional.empty(), "scripted"), ServerOptions.DEFAULT.withDrain(Duration.ZERO));
        client = new Client(server);
        CompletableFuture<Reply> reply = client.postAsync(COMPLETIONS, "{" + SLOW.replace("[1,2,3]", "\"1 2 3\""));
        reading.await();
        CompletableFuture<Void> stopped;
        try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            stopped = stopInBackground();
            assertThat(idle.getInputStream().read())
                    .as("the end of an idle connection")
                    .isEqualTo(-1);
        }

        read.countDown();

        assertThat(reply.join().status()).isEqualTo(503);
        assertThat(reply.join().json().at("/error/code").asText()).isEqualTo("stopping");
        stopped.join();
    }
}
