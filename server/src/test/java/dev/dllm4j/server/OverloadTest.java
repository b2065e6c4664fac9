package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four times as many clients as the server has places, without pause: some seconds here, as long as asked for with
 * {@code -Ddllm4j.overload.seconds=60}.
 */
class OverloadTest {
    private static final int PLACES = 8;
    private static final int CLIENTS = 4 * PLACES;
    private static final Duration DURATION = Duration.ofSeconds(Integer.getInteger("dllm4j.overload.seconds", 4));
    private static final long ALLOWED_GROWTH = 24L << 20;

    @TempDir
    private Path folder;

    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    private static String request(int number) {
        return "{\"prompt\":[" + (3 + number) + ",6,7],\"max_tokens\":24,\"decoding\":{\"strategy\":\"topk(2)\","
                + "\"block_length\":8,\"cache\":\""
                + List.of("none", "dual", "elastic").get(number % 3) + "\"}}";
    }

    @Test
    void whoGetsInIsAnsweredRightAndTheRestIsToldWhenToComeBack() {
        ServerOptions options = ServerOptions.DEFAULT.withEngine(
                new Limits(PLACES / 2, PLACES / 2, Duration.ofSeconds(30), Duration.ofMinutes(1)));
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            List<String> expected = IntStream.range(0, CLIENTS)
                    .mapToObj(number ->
                            client.post("/v1/completions", request(number)).text())
                    .toList();
            // What loads and grows once does so before memory is looked at.
            attack(clients, client, expected, Duration.ofSeconds(1));
            long before = usedBytes();
            answered.set(0);
            refused.set(0);

            attack(clients, client, expected, DURATION);

            long growth = usedBytes() - before;
            System.out.println("overload: " + CLIENTS + " clients on " + PLACES + " places for "
                    + DURATION.toSeconds() + " s: " + answered + " answered right, " + refused
                    + " refused with 429; heap and direct memory " + (growth >> 10) + " KiB more than before");
            assertThat(answered.get()).isPositive();
            assertThat(refused.get()).isPositive();
            assertThat(growth).isLessThan(ALLOWED_GROWTH);
            assertThat(client.metric("dllm4j_requests_total", "status=\"5")).isZero();
            assertThat(client.metric("dllm4j_active_sequences")).isZero();
            assertThat(tiny.decoder().cache().liveBytes()).isZero();
        } finally {
            clients.shutdownNow();
        }
    }

    private void attack(ExecutorService clients, Client client, List<String> expected, Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        List<CompletableFuture<Void>> all = IntStream.range(0, CLIENTS)
                .mapToObj(number -> CompletableFuture.runAsync(
                        () -> {
                            while (System.nanoTime() < end) {
                                ask(client, number, expected.get(number));
                            }
                        },
                        clients))
                .toList();
        all.forEach(CompletableFuture::join);
    }

    private void ask(Client client, int number, String expected) {
        Reply reply = client.post("/v1/completions", request(number));
        if (reply.status() == 200) {
            assertThat(reply.text()).isEqualTo(expected);
            answered.incrementAndGet();
        } else {
            assertThat(reply.status()).as(reply.body()).isEqualTo(429);
            assertThat(Integer.parseInt(reply.header("Retry-After"))).isPositive();
            refused.incrementAndGet();
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    private static long usedBytes() {
        for (int round = 0; round < 3; round++) {
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return direct + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
