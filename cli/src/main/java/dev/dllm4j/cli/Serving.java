package dev.dllm4j.cli;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.server.Server;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.http.Access;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A server's life in the foreground: until the process is told to stop, or its thread is. */
final class Serving {
    private final ServerOptions options;
    private final RuntimeOptions runtime;
    private final String id;

    /**
     * @param id what clients name the model by
     * @throws IllegalArgumentException if a value is out of range
     */
    Serving(ServeOptions given, RuntimeOptions runtime, String id) {
        this.runtime = runtime;
        this.id = id;
        if (given.maxBody.bytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("max body is " + given.maxBody.bytes() + " bytes; it must be below 2g");
        }
        options = ServerOptions.DEFAULT
                .withHost(given.host)
                .withPort(given.port)
                .withEngine(new Limits(
                        given.maxActive,
                        given.maxQueued,
                        seconds("queue timeout", given.queueTimeout),
                        seconds("request timeout", given.requestTimeout)))
                .withRequest(new RequestLimits(given.maxPrompt, given.maxCanvas, RequestLimits.DEFAULT.choices()))
                .withAccess(new Access(Optional.ofNullable(given.apiKeyFile), given.rateLimit))
                .withBody((int) given.maxBody.bytes(), ServerOptions.DEFAULT.bodyTimeout())
                .withDrain(seconds("drain", given.drain));
    }

    void run(Decoder decoder, Terminal terminal) {
        CountDownLatch stopped = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook = new Thread(() -> finish(stopped, closed), "dllm4j-stop");
        try (Server server = Server.start(List.of(new ServedModel(id, decoder, runtime, Instant.now())), options)) {
            Runtime.getRuntime().addShutdownHook(hook);
            terminal.out().println("serving " + id + " at " + server.url());
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closed.countDown();
        }
        removeUnlessStopping(hook);
    }

    /** Told to stop, the process waits for the server to drain. */
    private static void finish(CountDownLatch stopped, CountDownLatch closed) {
        stopped.countDown();
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeUnlessStopping(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // The process stops already, with the hook.
        }
    }

    private static Duration seconds(String name, double seconds) {
        if (!(seconds >= 0 && seconds <= 1e6)) {
            throw new IllegalArgumentException(name + " is " + seconds + " seconds; it must be within [0, 1000000]");
        }
        return Duration.ofMillis(Math.round(seconds * 1e3));
    }
}
