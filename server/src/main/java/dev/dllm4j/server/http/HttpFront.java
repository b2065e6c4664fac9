package dev.dllm4j.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.api.GenerationRequest;
import dev.dllm4j.server.api.RequestReader;
import dev.dllm4j.server.api.Responses;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.FailureText;
import dev.dllm4j.server.metrics.ServerMeters;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;

/** The HTTP side: listens, finds the route of a request, and answers. */
public final class HttpFront implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(HttpFront.class.getName());
    private static final String MODEL_PREFIX = "/v1/models/";
    private static final String GUARDED = "/v1/";
    /** Answered under any name, and however many connections are open. */
    private static final Set<String> PROBES = Set.of("/health", "/ready");
    /** Of a connection: left to itself, the system takes in megabytes for a client that does not read. */
    private static final int SEND_BUFFER_BYTES = 64 << 10;

    private static final long KEY_RELOAD_MILLIS = 1000;
    /** For what the engines have answered, or refused, to reach its clients. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Map<String, ModelService> services = new LinkedHashMap<>();
    private final RequestReader reader;
    private final ServerMeters meters;
    private final Generations generations;
    private final int mostConnections;
    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final HttpServer server;
    private final Access.Guard guard;
    private final Connections connections;
    /** Of its own, so that no work on requests keeps a revoked key alive. */
    private final ScheduledExecutorService keyReader = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "dllm4j-keys");
        thread.setDaemon(true);
        return thread;
    });

    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean draining;

    private record Route(HttpMethod method, Handler<Exchange> handler) {}

    private HttpFront(
            Vertx vertx,
            HttpLimits limits,
            Optional<Tls> tls,
            Access.Guard guard,
            List<ModelService> services,
            RequestReader reader,
            ServerMeters meters) {
        this.guard = guard;
        this.vertx = vertx;
        mostConnections = limits.connections();
        this.reader = reader;
        this.meters = meters;
        services.forEach(service -> this.services.put(service.model().id(), service));
        generations = new Generations(vertx, limits, this.services, reader, () -> draining);
        routes.put("/v1/chat/completions", post(RequestReader::chat));
        routes.put("/v1/completions", post(RequestReader::completion));
        routes.put("/v1/models", get(exchange -> exchange.json(200, Responses.models(models()))));
        routes.put(MODEL_PREFIX, get(this::model));
        routes.put("/health", get(this::health));
        routes.put("/ready", get(this::ready));
        routes.put("/metrics", get(exchange -> exchange.send(200, "text/plain; version=0.0.4", meters.scrape())));
        Pages pages = new Pages();
        pages.paths().forEach(path -> routes.put(path, get(exchange -> pages.send(path, exchange))));
        HttpServerOptions options = new HttpServerOptions()
                .setSendBufferSize(SEND_BUFFER_BYTES)
                .setHttp2ClearTextEnabled(false)
                .setUseAlpn(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setMaxHeaderSize(16 << 10)
                .setMaxInitialLineLength(8 << 10);
        tls.ifPresent(certificate -> certificate.apply(options));
        server = vertx.createHttpServer(options);
        connections = new Connections(vertx, limits);
        server.connectionHandler(connections::opened);
        meters.watchConnections(connections);
    }

    /**
     * Listens.
     *
     * @param port 0 for any free one
     * @param tls absent for plain HTTP
     * @throws UncheckedIOException if the address cannot be listened on
     */
    public static HttpFront listen(
            String host,
            int port,
            HttpLimits limits,
            Optional<Tls> tls,
            Access access,
            List<ModelService> services,
            RequestReader reader,
            ServerMeters meters) {
        Access.Guard guard = access.guard(host);
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        vertx.exceptionHandler(e -> LOGGER.log(Level.ERROR, "a connection failed: " + FailureText.line(e)));
        try {
            HttpFront front = new HttpFront(vertx, limits, tls, guard, services, reader, meters);
            front.server.requestHandler(front::handle).invalidRequestHandler(front::refuse);
            await(front.server.listen(port, host).toCompletionStage().toCompletableFuture());
            front.readKeysAgain(guard);
            return front;
        } catch (ExecutionException e) {
            vertx.close();
            throw new UncheckedIOException(
                    "cannot listen on " + host + " port " + port + ": " + reason(e) + "; give another host or port",
                    new IOException(e));
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // It ends with the server; a reload throws nothing.
    private void readKeysAgain(Access.Guard guard) {
        keyReader.scheduleWithFixedDelay(guard::reload, KEY_RELOAD_MILLIS, KEY_RELOAD_MILLIS, TimeUnit.MILLISECONDS);
    }

    public int port() {
        return server.actualPort();
    }

    /** From now on says that it is not ready, and takes no requests. */
    public void drain() {
        draining = true;
    }

    /** Lets answers go out that are on their way, for a moment, and closes every connection. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        keyReader.shutdownNow();
        try {
            await(server.shutdown(LAST_ANSWERS).toCompletionStage().toCompletableFuture());
            connections.dropAll();
            await(vertx.close().toCompletionStage().toCompletableFuture());
        } catch (ExecutionException e) {
            throw new IllegalStateException("the HTTP server does not close", e.getCause());
        }
    }

    private static void await(CompletableFuture<?> future) throws ExecutionException {
        try {
            future.get(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new ExecutionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutionException(e);
        }
    }

    private static String reason(ExecutionException e) {
        Throwable cause = e.getCause();
        return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
    }

    private List<ServedModel> models() {
        return services.values().stream().map(ModelService::model).toList();
    }

    private void handle(HttpServerRequest request) {
        ClientConnection connection = connections.of(request);
        if (connection == null || !connection.take()) {
            return;
        }
        String path = request.path() == null ? "" : request.path();
        String known = path.startsWith(MODEL_PREFIX) ? MODEL_PREFIX : path;
        Route route = routes.get(known);
        Exchange exchange = new Exchange(request, connection, route == null ? "other" : known, meters, vertx);
        boolean probe = PROBES.contains(path);
        try {
            requireSound(exchange, probe);
            if (connections.spare(connection)) {
                exchange.closeAfterwards();
                requireRoom(probe);
            }
            if (path.startsWith(GUARDED)) {
                exchange.tenant(guard.check(request));
            }
            if (route == null) {
                throw Misplaced.notFound(path, routes.keySet());
            }
            boolean head =
                    route.method().equals(HttpMethod.GET) && request.method().equals(HttpMethod.HEAD);
            if (!head && !request.method().equals(route.method())) {
                request.response().putHeader("Allow", route.method().name());
                throw ApiError.request(
                        405,
                        "method_not_allowed",
                        "the method is " + ApiError.quote(request.method().name()) + "; " + known + " takes "
                                + route.method().name());
            }
            route.handler().handle(exchange);
        } catch (RuntimeException | Error e) {
            exchange.fail(e);
        }
    }

    /** What the decoder did not make out. */
    private void refuse(HttpServerRequest request) {
        ClientConnection connection = connections.of(request);
        if (connection == null || !connection.take()) {
            return;
        }
        Exchange exchange = new Exchange(request, connection, "other", meters, vertx);
        exchange.closeAfterwards();
        exchange.fail(Framing.unreadable(request.decoderResult().cause()));
    }

    /** @throws ApiError if a request is malformed, or came for another host */
    private void requireSound(Exchange exchange, boolean probe) {
        List<String> names;
        try {
            Framing.check(exchange.request());
            names = Hosts.named(exchange.request());
        } catch (ApiError e) {
            exchange.closeAfterwards();
            throw e;
        }
        if (!probe) {
            guard.hosts().check(names);
        }
    }

    /** @throws ApiError if too many connections are open for another to be served */
    private void requireRoom(boolean probe) {
        if (!probe) {
            throw ApiError.unavailable(
                    "too_many_connections",
                    "all " + mostConnections + " connections are in use",
                    Duration.ofSeconds(1));
        }
    }

    private static Route get(Handler<Exchange> handler) {
        return new Route(HttpMethod.GET, handler);
    }

    private Route post(BiFunction<RequestReader, ObjectNode, GenerationRequest> read) {
        return new Route(HttpMethod.POST, exchange -> generations.begin(exchange, body -> read.apply(reader, body)));
    }

    private void model(Exchange exchange) {
        String id = Optional.ofNullable(exchange.request().path()).orElse("").substring(MODEL_PREFIX.length());
        ModelService service = services.get(decoded(id));
        if (service == null) {
            throw ApiError.unknownModel(
                    "the model is \"" + ApiError.quote(id) + "\"; served are " + String.join(", ", services.keySet()));
        }
        exchange.json(200, Responses.model(service.model()));
    }

    private static String decoded(String id) {
        try {
            return URLDecoder.decode(id.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return id; // Names no model.
        }
    }

    /** Whether there is anything that only another process could do better. */
    private void health(Exchange exchange) {
        exchange.json(failed() ? 503 : 200, status(failed() ? "failed" : "ok"));
    }

    private boolean failed() {
        return services.values().stream().anyMatch(service -> service.engine().failed());
    }

    private void ready(Exchange exchange) {
        boolean running = !draining
                && services.values().stream()
                        .allMatch(service -> service.engine().running());
        Optional<ApiKeys.State> keys = guard.keys().map(ApiKeys::state);
        boolean open = !keys.equals(Optional.of(ApiKeys.State.NONE));
        ObjectNode status = status(running ? (open ? "ready" : "no_keys") : failed() ? "failed" : "stopping");
        keys.ifPresent(state -> status.put("keys", state.name().toLowerCase(Locale.ROOT)));
        exchange.json(running && open ? 200 : 503, status);
    }

    private static ObjectNode status(String status) {
        return JsonNodeFactory.instance.objectNode().put("status", status);
    }
}
