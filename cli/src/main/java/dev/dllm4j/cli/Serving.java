package dev.dllm4j.cli;

import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.server.Server;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.http.Access;
import dev.dllm4j.server.http.HttpLimits;
import dev.dllm4j.server.http.Tls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A server's life in the foreground: until the process is told to stop, or its thread is. */
final class Serving {
    private final ServerOptions options;
    private final RuntimeOptions runtime;
    private final Map<String, String> models;

    /**
     * @param models what users call them, by what clients name them by
     * @throws IllegalArgumentException if a value is out of range
     */
    Serving(ServeOptions given, RuntimeOptions runtime, Map<String, String> models) {
        this.runtime = runtime;
        this.models = models;
        if (given.maxBody.bytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("max body is " + given.maxBody.bytes() + " bytes; it must be below 2g");
        }
        ServerOptions plain = ServerOptions.DEFAULT
                .withHost(given.host)
                .withPort(given.port)
                .withEngine(new Limits(
                        given.maxActive,
                        given.maxQueued,
                        seconds("queue timeout", given.queueTimeout),
                        seconds("request timeout", given.requestTimeout)))
                .withRequest(request(given))
                .withAccess(new Access(Optional.ofNullable(given.apiKeyFile), given.rateLimit, given.allowedHosts))
                .withHttp(HttpLimits.DEFAULT
                        .withBody((int) given.maxBody.bytes(), HttpLimits.DEFAULT.bodyTimeout())
                        .withIdleTimeout(seconds("idle timeout", given.idleTimeout))
                        .withConnections(given.maxConnections))
                .withDrain(seconds("drain", given.drain));
        options = tls(given).map(plain::withTls).orElse(plain);
    }

    private static RequestLimits request(ServeOptions given) {
        RequestLimits limits = new RequestLimits(given.maxPrompt, given.maxCanvas, RequestLimits.DEFAULT.choices())
                .withLenient(given.lenient);
        return given.maxPromptCharacters == null ? limits : limits.withPromptCharacters(given.maxPromptCharacters);
    }

    private static Optional<Tls> tls(ServeOptions given) {
        if (given.tlsCertificate == null && given.tlsKey == null) {
            return Optional.empty();
        }
        if (given.tlsCertificate == null || given.tlsKey == null) {
            throw new IllegalArgumentException(
                    "only one of --tls-certificate and --tls-key is given; TLS needs both, or leave both out");
        }
        return Optional.of(new Tls(given.tlsCertificate, given.tlsKey));
    }

    /** Opens the models, and serves them. */
    void run(ModelOpener opener, Terminal terminal) {
        List<ServedModel> opened = new ArrayList<>();
        try {
            models.forEach((id, model) ->
                    opened.add(new ServedModel(id, opener.open(model, terminal), runtime, Instant.now())));
            serve(opened, terminal);
        } finally {
            opened.forEach(model -> model.decoder().close());
        }
    }

    private void serve(List<ServedModel> opened, Terminal terminal) {
        CountDownLatch stopped = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook = new Thread(() -> finish(stopped, closed), "dllm4j-stop");
        options.warnings().forEach(warning -> terminal.err().println("dllm4j: warning: " + warning));
        try (Server server = Server.start(opened, options)) {
            Runtime.getRuntime().addShutdownHook(hook);
            terminal.out().println("serving " + String.join(", ", models.keySet()) + " at " + server.url());
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
