package dev.dllm4j.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections that bring no request: whose request head takes too long, also the first one's, and who wait too
 * long between two. Thread-safe.
 */
final class IdleConnections implements IntSupplier {
    private static final long BUSY = -1;

    private final Vertx vertx;
    private final Duration patience;
    /** Timers of the open connections, {@link #BUSY} for one that has a request. */
    private final Map<HttpConnection, Long> open = new ConcurrentHashMap<>();

    IdleConnections(Vertx vertx, Duration patience) {
        this.vertx = vertx;
        this.patience = patience;
    }

    /** Open connections. */
    @Override
    public int getAsInt() {
        return open.size();
    }

    void opened(HttpConnection connection) {
        open.put(connection, timer(connection));
        connection.closeHandler(ignored -> stop(open.remove(connection)));
    }

    /** A request's head has come; its connection is idle again once the response has ended. */
    void busy(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        stop(open.replace(connection, BUSY));
        request.response().endHandler(ignored -> open.computeIfPresent(connection, (key, before) -> timer(connection)));
    }

    private long timer(HttpConnection connection) {
        return vertx.setTimer(patience.toMillis(), ignored -> connection.close());
    }

    private void stop(@Nullable Long timer) {
        if (timer != null && timer != BUSY) {
            vertx.cancelTimer(timer);
        }
    }
}
