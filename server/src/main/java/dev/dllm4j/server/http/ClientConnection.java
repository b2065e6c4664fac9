package dev.dllm4j.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * One client's connection: what it is waited for, how long, and what may still be read from it. Stands between the HTTP
 * decoder and Vert.x, which takes up one request at a time. Confined to the connection's event loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    /** Requests that may be sent ahead of an answer; their heads are in memory. */
    private static final int MAX_AHEAD = 16;
    /** For a client to read why its body was not read: closing at once would take the answer away from it. */
    private static final Duration LINGER = Duration.ofMillis(300);

    private static final long NONE = -1;

    private final Vertx vertx;
    private final ChannelHandlerContext end;
    private final HttpLimits limits;
    private final Connections all;
    private long timer = NONE;
    private int ahead;
    private boolean refusing;

    /** @param end of the connection's pipeline, which Vert.x reads at */
    ClientConnection(Vertx vertx, ChannelHandlerContext end, HttpLimits limits, Connections all) {
        this.vertx = vertx;
        this.end = end;
        this.limits = limits;
        this.all = all;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest && !refusing && ++ahead > MAX_AHEAD) {
            refusing = true;
            drop();
        }
        if (refusing) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    /** Waits for the head of the next request. */
    void awaitHead() {
        all.idle(this);
        dropAfter(limits.idleTimeout());
    }

    /**
     * Takes up a request.
     *
     * @return false if the connection takes none any more
     */
    boolean take() {
        ahead--;
        if (refusing) {
            return false;
        }
        all.busy(this);
        cancelTimer();
        return true;
    }

    /** Waits for the client to read what is left of an answer. */
    void awaitReader() {
        dropAfter(limits.stallTimeout());
    }

    /** Reads nothing more as a request, whatever was sent. */
    void refuseRest() {
        refusing = true;
        end.channel().config().setAutoRead(true);
    }

    /** Says nothing more, and closes when the client has had the time to see it. */
    @SuppressWarnings("FutureReturnValueIgnored") // What fails here has failed since the client went.
    void linger() {
        refuseRest();
        dropAfter(LINGER);
        if (end.channel() instanceof DuplexChannel channel && channel.pipeline().get(SslHandler.class) == null) {
            channel.shutdownOutput();
        }
    }

    /**
     * Closes at once. Vert.x's own way lets what is written go out first, for which a client that does not read makes
     * it wait for good.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // Who is dropped is not waited for.
    void drop() {
        cancelTimer();
        end.close();
    }

    /** It is gone. */
    void closed() {
        refusing = true;
        cancelTimer();
    }

    private void dropAfter(Duration time) {
        cancelTimer();
        timer = vertx.setTimer(time.toMillis(), ignored -> drop());
    }

    private void cancelTimer() {
        if (timer != NONE) {
            vertx.cancelTimer(timer);
            timer = NONE;
        }
    }
}
