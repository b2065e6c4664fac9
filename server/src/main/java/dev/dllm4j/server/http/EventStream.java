package dev.dllm4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;

/**
 * An answer as server-sent events. Begins with its first event. A reader that falls behind is told of, and dropped if it
 * stays so. Confined to its exchange's context.
 */
final class EventStream {
    private static final long KEEP_ALIVE_MILLIS = TimeUnit.SECONDS.toMillis(15);

    private final Exchange exchange;
    private final HttpLimits limits;
    private final Reader reader;
    private boolean begun;
    private boolean closed;
    private boolean quiet;
    private boolean behind;
    private long keepAlive = -1;
    private long stall = -1;

    /** What becomes of the client's side. */
    interface Reader {
        /** It reads more slowly than is written. */
        void behind();

        /** It has read what was written. */
        void caughtUp();

        /** It has been behind for too long; its connection is closed. */
        void lost();
    }

    EventStream(Exchange exchange, HttpLimits limits, Reader reader) {
        this.exchange = exchange;
        this.limits = limits;
        this.reader = reader;
    }

    /** Whether something was sent, so that the status is out. */
    boolean open() {
        return begun;
    }

    void data(JsonNode json) {
        write("data: " + json + "\n\n");
    }

    void event(String name, JsonNode json) {
        write(named(name, json));
    }

    private static String named(String name, JsonNode json) {
        return "event: " + name + "\ndata: " + json + "\n\n";
    }

    /** The last event, and the end. */
    void end() {
        close("data: [DONE]\n\n");
    }

    /**
     * What went wrong, and the end. OpenAI's clients look for an {@code error} in the data of any event; LangChain4j
     * looks at the event's name alone, and takes a nameless one for the end of the answer.
     */
    void fail(Throwable cause) {
        close(named("error", exchange.error(cause).json()));
    }

    /** Writes nothing more: nobody reads it. */
    void abandon() {
        closed = true;
        exchange.vertx().cancelTimer(keepAlive);
        exchange.vertx().cancelTimer(stall);
    }

    private void close(String text) {
        if (closed || response().closed()) {
            return;
        }
        if (!begun) {
            begin();
        }
        abandon();
        exchange.finish(Buffer.buffer(text));
    }

    private HttpServerResponse response() {
        return exchange.response();
    }

    private void write(String text) {
        if (closed || response().closed()) {
            return;
        }
        if (!begun) {
            begin();
        }
        quiet = false;
        response().write(text);
        if (!behind && response().writeQueueFull()) {
            fallBehind();
        }
    }

    private void begin() {
        begun = true;
        exchange.begin("text/event-stream; charset=utf-8");
        response().putHeader("Cache-Control", "no-cache").putHeader("X-Accel-Buffering", "no");
        keepAlive = exchange.vertx().setPeriodic(KEEP_ALIVE_MILLIS, ignored -> {
            if (quiet && !behind) {
                write(": keep-alive\n\n");
            }
            quiet = true;
        });
    }

    private void fallBehind() {
        behind = true;
        reader.behind();
        stall = exchange.vertx().setTimer(limits.stallTimeout().toMillis(), ignored -> {
            reader.lost();
            exchange.drop();
        });
        response().drainHandler(ignored -> {
            exchange.vertx().cancelTimer(stall);
            behind = false;
            reader.caughtUp();
        });
    }
}
