package dev.dllm4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.engine.FailureText;
import dev.dllm4j.server.engine.Refused;
import dev.dllm4j.server.metrics.ServerMeters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import java.lang.System.Logger.Level;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** One request and its response. Confined to the request's context. */
final class Exchange {
    private static final System.Logger LOGGER = System.getLogger(Exchange.class.getName());
    /** For a client to read why its body was not: closing at once would take the answer away from it. */
    private static final long LINGER_MILLIS = 300;

    private final HttpServerRequest request;
    private final String endpoint;
    private final ServerMeters meters;
    private final Vertx vertx;
    private final Context context;
    private final String id =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private boolean counted;
    /** Read by a worker that was started after it was written. */
    private String tenant = "";

    /** @param endpoint by which the request is counted */
    Exchange(HttpServerRequest request, String endpoint, ServerMeters meters, Vertx vertx) {
        this.request = request;
        this.endpoint = endpoint;
        this.meters = meters;
        this.vertx = vertx;
        context = vertx.getOrCreateContext();
        request.response().putHeader("X-Request-Id", id);
    }

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return request.response();
    }

    /** Whose request it is: the hash of the API key it showed; empty where none is asked for. */
    String tenant() {
        return tenant;
    }

    void tenant(String shown) {
        tenant = shown;
    }

    Vertx vertx() {
        return vertx;
    }

    /** Runs something where this exchange lives, from any thread. */
    void run(Runnable action) {
        context.runOnContext(ignored -> action.run());
    }

    void json(int status, JsonNode body) {
        send(status, "application/json", body.toString());
    }

    void send(int status, String type, String body) {
        if (!response().ended() && !response().closed()) {
            count(status);
            response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", type)
                    .putHeader("X-Content-Type-Options", "nosniff")
                    .end(body)
                    .onFailure(e -> LOGGER.log(Level.DEBUG, "a client went before its answer", e));
        }
    }

    /**
     * Closes the connection at once. Vert.x's own way lets what is written go out first, for which a client that does
     * not read makes it wait for good.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // Who is dropped is not waited for.
    void drop() {
        if (request.connection() instanceof ConnectionBase connection) {
            connection.channelHandlerContext().close();
        } else {
            request.connection().close();
        }
    }

    /** Closes the connection of an answer that nobody will end. */
    void dropUnlessEnded() {
        if (!response().ended() && !response().closed()) {
            drop();
        }
    }

    /** Counts the response once, by the status it got. */
    void count(int status) {
        if (!counted) {
            counted = true;
            meters.answered(endpoint, status);
        }
    }

    /**
     * Answers with what went wrong; anything but an {@link ApiError} or a refusal is the server's fault and tells
     * clients nothing.
     */
    void fail(Throwable cause) {
        fail(error(cause));
    }

    /** What a client is told of a failure. The log says more, by the request's id, and nothing that the client sent. */
    ApiError error(Throwable cause) {
        if (cause instanceof ApiError known) {
            return known;
        }
        if (cause instanceof Refused refused) {
            return refusal(refused);
        }
        LOGGER.log(Level.ERROR, "request " + id + " failed: " + FailureText.line(cause));
        LOGGER.log(Level.INFO, () -> "request " + id + " failed:\n" + FailureText.trace(cause));
        return ApiError.server(500, "internal_error", "the server failed; its log says why, at request " + id);
    }

    /** Tells the client when another try may fare better, if the head has not gone out. */
    void retryAfter(int seconds) {
        if (!response().headWritten()) {
            response().putHeader("Retry-After", Integer.toString(seconds));
        }
    }

    private ApiError refusal(Refused refused) {
        int seconds = refused.retrySeconds();
        retryAfter(seconds);
        return switch (refused.why()) {
            case FULL -> ApiError.busy("overloaded", "all places are taken; try again in " + seconds + " seconds");
            case STOPPING -> ApiError.stopping();
            case FAILED -> ApiError.engineFailed();
        };
    }

    private void fail(ApiError error) {
        if (response().headWritten() || response().closed()) {
            return;
        }
        if (!request.isEnded()) {
            response().putHeader("Connection", "close");
            request.handler(ignored -> {});
            request.resume();
            vertx.setTimer(LINGER_MILLIS, ignored -> request.connection().close());
        }
        json(error.status(), error.json());
    }
}
