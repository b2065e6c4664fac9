package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.testing.Attackers;
import dev.dllm4j.server.testing.Attackers.Attacker;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Latencies;
import dev.dllm4j.server.testing.OrdinaryClient;
import dev.dllm4j.server.testing.OrdinaryClient.Question;
import dev.dllm4j.server.testing.Resources;
import dev.dllm4j.server.testing.StarterModel;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bundled model served to a few ordinary clients while {@link Attackers} of every kind are at the server: a mix, in
 * which places are left, not a flood that takes them all. Some seconds here; an hour by
 * {@code mvn -pl server -am test -Dtest=SiegeTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dsurefire.arguments="-Xmx512m -Djava.io.tmpdir=/a/folder/of/its/own" -Ddllm4j.siege.seconds=3600}. Where the
 * folder for temporary files is the system's, which others use as well, only what this program's libraries would leave
 * there counts.
 */
class SiegeTest {
    private static final long SECONDS = Long.getLong("dllm4j.siege.seconds", 20);
    /** From here on the figures are steady enough to hold the server to them. */
    private static final long LONG_SECONDS = 600;

    private static final long QUIET_SECONDS = Math.max(5, Math.min(60, SECONDS / 20));
    private static final int ORDINARY = 3;
    private static final double MOST_SLOWDOWN = 3;
    /**
     * In the short form the attackers' first rounds are paid for as well, code that is not compiled yet, and whatever
     * else a machine for tests has to do; it shows that nobody is starved.
     */
    private static final double MOST_SLOWDOWN_IF_SHORT = 15;

    private static final long HEAP_BYTES = 24L << 20;
    /** Netty's arenas grow by chunks of 4 MiB. */
    private static final long POOLED_BYTES = 32L << 20;

    /** Threads and descriptors that a virtual machine may come to hold, for its compilers or who looks at it. */
    private static final int FEW = 4;

    private static final Duration SETTLING = Duration.ofSeconds(30);
    private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));
    private static final String LIBRARIES = "(?i).*(dllm4j|vert\\.?x|netty|onnxruntime|tokenizers|djl|jackson).*";

    @TempDir
    private Path folder;

    private final AtomicLong toldToComeAgain = new AtomicLong();
    private final Map<String, AtomicLong> attacks = new ConcurrentSkipListMap<>();
    private final Map<String, String> dropped = new ConcurrentSkipListMap<>();

    @Test
    void ordinaryClientsAreServedBesideAttackersAndNothingIsLeftBehind() throws Exception {
        try (Decoder decoder = Decoder.open(StarterModel.convert(folder.resolve("starter")), RuntimeOptions.DEFAULT);
                Decoder growing = growing();
                Server server = Server.start(
                        List.of(served(Attackers.BUNDLED, decoder), served(Attackers.GROWING, growing)), options())) {
            List<Question> questions = OrdinaryClient.questions(decoder);
            // What loads, compiles and grows once does so before anything is measured.
            run(server, questions, Attackers.all(), 2, new Latencies());
            run(server, questions, List.of(), QUIET_SECONDS, new Latencies());
            Set<String> files = temporaryFiles();
            Latencies before = new Latencies();
            Latencies siege = new Latencies();
            Latencies after = new Latencies();
            run(server, questions, List.of(), QUIET_SECONDS, before);
            toldToComeAgain.set(0);

            run(server, questions, Attackers.all(), Math.max(2, SECONDS / 10), siege);
            Client client = new Client(server);
            settle(client);
            Resources now = Resources.now();
            Resources held = new Resources(now.threads() + FEW, now.descriptors() + FEW, now.directBytes());
            long heap = heapBytes();
            run(server, questions, Attackers.all(), SECONDS - SECONDS / 10, siege);
            settle(client);
            Resources holds = settled(held);
            long growth = heapBytes() - heap;
            run(server, questions, List.of(), QUIET_SECONDS, after);

            double quiet = Math.min(before.quantile(0.5), after.quantile(0.5));
            Set<String> left = new TreeSet<>(temporaryFiles());
            left.removeAll(files);
            System.out.println(String.format(
                    Locale.ROOT,
                    "siege: %d s at a heap of %d MiB: ordinary median %.1f ms (p99 %.1f) of %d answers, quiet %.1f before"
                            + " and %.1f after = %.2f x, told to come again %d, 5xx %.0f; may hold %s, holds %s, heap %+d"
                            + " KiB (%d MiB used), temporary files left %s; attacks %s",
                    SECONDS,
                    Runtime.getRuntime().maxMemory() >> 20,
                    siege.quantile(0.5),
                    siege.quantile(0.99),
                    siege.count(),
                    before.quantile(0.5),
                    after.quantile(0.5),
                    siege.quantile(0.5) / quiet,
                    toldToComeAgain.get(),
                    client.metric("dllm4j_requests_total", "status=\"5"),
                    held,
                    holds,
                    growth >> 10,
                    (heap + growth) >> 20,
                    left,
                    attacks));
            assertThat(attacks.keySet())
                    .as("attacks that got through; others ended with " + dropped)
                    .containsAll(Attackers.all().stream().map(Attacker::name).toList());
            assertThat(client.metric("dllm4j_requests_total", "status=\"5")).isZero();
            assertThat(siege.quantile(0.5))
                    .isLessThanOrEqualTo(quiet * (SECONDS < LONG_SECONDS ? MOST_SLOWDOWN_IF_SHORT : MOST_SLOWDOWN));
            assertThat(holds.within(held, POOLED_BYTES))
                    .as(holds + " where it may be " + held)
                    .isTrue();
            assertThat(growth).isLessThan(HEAP_BYTES);
            assertThat(left).isEmpty();
            assertThat(decoder.cache().liveBytes()).isZero();
            assertThat(growing.cache().liveBytes()).isZero();
        }
    }

    private static ServerOptions options() {
        return ServerOptions.DEFAULT
                .withPort(0)
                .withStallTimeout(Duration.ofSeconds(1))
                .withEngine(new Limits(16, 64, Duration.ofSeconds(30), Duration.ofMinutes(1)));
    }

    private static ServedModel served(String id, Decoder decoder) {
        return new ServedModel(id, decoder, RuntimeOptions.DEFAULT, Instant.EPOCH);
    }

    private Decoder growing() throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), Attackers.GROWING_TEMPLATE);
        return new Decoder(
                new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)),
                new TokenNames(),
                ChatTemplate.read(folder),
                "growing-hash");
    }

    /** Lets them all at the server for so long; fails where an ordinary client is not served. */
    private void run(
            Server server, List<Question> questions, List<Attacker> attackers, long seconds, Latencies latencies)
            throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Callable<Void>> all = new ArrayList<>();
            for (int number = 0; number < ORDINARY; number++) {
                int first = number * questions.size() / ORDINARY;
                all.add(() -> ask(new OrdinaryClient(server, questions, first), end, latencies));
            }
            attackers.forEach(attacker -> all.add(() -> attack(attacker, server, end)));
            for (Future<Void> each : threads.invokeAll(all)) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getMessage(), e);
        } finally {
            threads.shutdownNow();
            threads.awaitTermination(30, TimeUnit.SECONDS);
        }
    }

    private @Nullable Void ask(OrdinaryClient ordinary, long end, Latencies latencies) throws IOException {
        try (ordinary) {
            while (System.nanoTime() < end) {
                ordinary.ask(latencies, toldToComeAgain);
            }
        }
        return null;
    }

    private @Nullable Void attack(Attacker attacker, Server server, long end) {
        for (int round = 0; System.nanoTime() < end; round++) {
            try {
                attacker.attack().once(server, round);
                attacks.computeIfAbsent(attacker.name(), name -> new AtomicLong())
                        .incrementAndGet();
            } catch (IOException | UncheckedIOException | AssertionError e) {
                // The server had enough of it, as it may.
                dropped.put(attacker.name(), e.toString());
            }
            LockSupport.parkNanos(attacker.pause().toNanos());
        }
        return null;
    }

    private static void settle(Client client) {
        Wait.until(
                "connections and sequences end",
                () -> client.metric("dllm4j_connections") <= 1
                        && client.metric("dllm4j_active_sequences") == 0
                        && client.metric("dllm4j_queued_sequences") == 0);
    }

    /** What is held when no more than before is, or after a while. */
    private static Resources settled(Resources before) {
        long end = System.nanoTime() + SETTLING.toNanos();
        Resources now = Resources.now();
        while (!now.within(before, POOLED_BYTES) && System.nanoTime() < end) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
            now = Resources.now();
        }
        return now;
    }

    private static long heapBytes() {
        for (int round = 0; round < 3; round++) {
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static Set<String> temporaryFiles() throws IOException {
        boolean own = !TEMPORARY.equals(Path.of("/tmp"));
        try (Stream<Path> files = Files.list(TEMPORARY)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> own || name.matches(LIBRARIES))
                    .collect(Collectors.toSet());
        }
    }
}
