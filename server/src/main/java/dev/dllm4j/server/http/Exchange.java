package dev.dllm4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.api.Warning;
import dev.dllm4j.server.engine.FailureText;
import dev.dllm4j.server.engine.Refused;
import dev.dllm4j.server.metrics.ServerMeters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One request and its response. The response ends, and the connection's next request is taken up, when its last byte has
 * gone out. Confined to the request's context.
 */
final class Exchange {
    private static final System.Logger LOGGER = System.getLogger(Exchange.class.getName());

    /** What may not stand in a header's list. */
    private static final Pattern NOT_A_NAME = Pattern.compile("[^\\w.\\[\\]-]");

    private final HttpServerRequest request;
    private final ClientConnection connection;
    private final String endpoint;
    private final ServerMeters meters;
    private final Vertx vertx;
    private final Context context;
    private final String id =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final long began = System.nanoTime();
    /** Of the answer; 0 until it is known. */
    private int status;
    /** Read by a worker that was started after it was written. */
    private String tenant = "";

    private boolean finished;
    /** The connection has no further request. */
    private boolean last;

    /** @param endpoint by which the request is counted */
    Exchange(
            HttpServerRequest request, ClientConnection connection, String endpoint, ServerMeters meters, Vertx vertx) {
        this.request = request;
        this.connection = connection;
        this.endpoint = endpoint;
        this.meters = meters;
        this.vertx = vertx;
        context = vertx.getOrCreateContext();
        response().putHeader("X-Request-Id", id);
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

    /** Runs something where this exchange lives, from any thread. Where that fails, so does the exchange. */
    void run(Runnable action) {
        context.runOnContext(ignored -> {
            try {
                action.run();
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        });
    }

    void json(int status, JsonNode body) {
        send(status, "application/json", body.toString());
    }

    void send(int status, String type, String body) {
        if (finished || response().headWritten() || response().closed()) {
            return;
        }
        count(status);
        Buffer bytes = Buffer.buffer(body);
        response()
                .setStatusCode(status)
                .putHeader("Content-Type", type)
                .putHeader("Content-Length", Integer.toString(bytes.length()))
                .putHeader("X-Content-Type-Options", "nosniff");
        finish(bytes);
    }

    /** Begins an answer whose length is not known yet. */
    void begin(String type) {
        count(200);
        if (request.version() == HttpVersion.HTTP_1_0) {
            closeAfterwards(); // Which is how it knows the end.
        }
        response().setChunked(true).putHeader("Content-Type", type).putHeader("X-Content-Type-Options", "nosniff");
    }

    /** Writes the last bytes. A client that leaves them unread is dropped. */
    void finish(Buffer bytes) {
        finished = true;
        response().closeHandler(null);
        connection.awaitReader();
        response().write(bytes).onComplete(written -> {
            if (written.failed()) {
                LOGGER.log(Level.DEBUG, "a client went before its answer", written.cause());
                return;
            }
            meters.took(endpoint, status, age());
            if (last) {
                connection.linger();
            } else {
                connection.awaitHead();
                response().end();
            }
        });
    }

    /** The connection takes no further request, and is closed when this one is answered. */
    void closeAfterwards() {
        last = true;
        connection.refuseRest();
        response().headersEndHandler(ignored -> response().putHeader("Connection", "close"));
    }

    /** Closes the connection at once. */
    void drop() {
        connection.drop();
    }

    /** Closes the connection of an answer that nobody will end. */
    void dropUnlessEnded() {
        if (!finished && !response().closed()) {
            drop();
        }
    }

    /** Counts the response once, by the status it got. */
    void count(int status) {
        if (this.status == 0) {
            this.status = status;
            meters.answered(endpoint, status);
        }
    }

    /** Counts the time that the first text of a streamed answer took. */
    void firstText(String model) {
        meters.firstText(model, age());
    }

    /** Since the request's head came. */
    private Duration age() {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Answers with what went wrong; an answer that is under way is broken off. */
    void fail(Throwable cause) {
        ApiError error = error(cause);
        if (finished || response().closed()) {
            return;
        }
        if (response().headWritten()) {
            drop(); // Nothing else tells the client that this is not the whole answer.
            return;
        }
        boolean elsewhere = error.status() == 503; // Behind a balancer, a new connection may lead to another replica.
        if (elsewhere || (mayHaveBody() && !request.isEnded())) {
            closeAfterwards();
        }
        sayWhenToRetry(error);
        json(error.status(), error.json());
    }

    /**
     * What clients are told of a failure. Anything but an {@link ApiError} or a refusal is the server's fault: its log
     * says more, by the request's id, and nothing that the client sent.
     */
    ApiError error(Throwable cause) {
        if (cause instanceof ApiError known) {
            return known;
        }
        if (cause instanceof Refused refused) {
            return refusal(refused);
        }
        LOGGER.log(Level.ERROR, "request " + id + " to " + endpoint + " failed: " + FailureText.line(cause));
        LOGGER.log(Level.INFO, () -> "request " + id + " failed:\n" + FailureText.trace(cause));
        return ApiError.server(500, "internal_error", "the server failed; its log says why, at request " + id);
    }

    /** When another try may fare better, in two forms: OpenAI's clients read milliseconds first. */
    private void sayWhenToRetry(ApiError error) {
        error.retryAfter()
                .ifPresent(wait -> response()
                        .putHeader("Retry-After", Long.toString(ApiError.wholeSeconds(wait)))
                        .putHeader("Retry-After-Ms", Long.toString(wait.toMillis())));
        if (error.retryInVain()) {
            response().putHeader("X-Should-Retry", "false");
        }
    }

    /** Names the fields that were not honoured as they were sent; the body says how. */
    void warn(List<Warning> warnings) {
        if (!warnings.isEmpty()) {
            response()
                    .putHeader(
                            "X-Warnings",
                            warnings.stream()
                                    .map(warning ->
                                            NOT_A_NAME.matcher(warning.param()).replaceAll("?"))
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static ApiError refusal(Refused refused) {
        return switch (refused.why()) {
            case FULL ->
                ApiError.busy("overloaded", "all places are taken", Duration.ofSeconds(refused.retrySeconds()));
            case STOPPING -> ApiError.stopping(Refused.LONGEST_WAIT);
            case FAILED -> ApiError.engineDead(Refused.LONGEST_WAIT);
        };
    }

    private boolean mayHaveBody() {
        String length = request.getHeader("Content-Length");
        return request.headers().contains("Transfer-Encoding") || (length != null && !length.equals("0"));
    }
}
