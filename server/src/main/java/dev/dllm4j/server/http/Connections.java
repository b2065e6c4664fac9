package dev.dllm4j.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The open connections. Where there are as many as may be, the one that has been idle longest makes room for the next;
 * where none is idle, the next is a spare one, on which probes alone are answered. Confined to the server's event loop,
 * but for the count.
 */
final class Connections implements IntSupplier {
    /** Above the limit; the oldest makes room, so that a probe that comes at once is heard. */
    private static final int MAX_SPARE = 64;

    private final Vertx vertx;
    private final HttpLimits limits;
    private final Map<HttpConnection, ClientConnection> open = new ConcurrentHashMap<>();
    /** The longest first. */
    private final Set<ClientConnection> idle = new LinkedHashSet<>();

    private final Set<ClientConnection> spare = new LinkedHashSet<>();

    Connections(Vertx vertx, HttpLimits limits) {
        this.vertx = vertx;
        this.limits = limits;
    }

    /** Open connections. */
    @Override
    public int getAsInt() {
        return open.size();
    }

    void opened(HttpConnection connection) {
        if (!(connection instanceof ConnectionBase base)) {
            throw new IllegalStateException("not a connection of Vert.x: " + connection.getClass());
        }
        boolean room = open.size() - spare.size() < limits.connections() || dropFirst(idle);
        ChannelHandlerContext end = base.channelHandlerContext();
        ClientConnection client = new ClientConnection(vertx, end, limits, this);
        open.put(connection, client);
        end.pipeline().addBefore(end.name(), "dllm4j", client);
        connection.closeHandler(ignored -> closed(connection, client));
        if (!room) {
            if (spare.size() >= MAX_SPARE) {
                dropFirst(spare);
            }
            spare.add(client);
        }
        client.awaitHead();
    }

    /** Null for one that is gone. */
    @Nullable ClientConnection of(HttpServerRequest request) {
        return open.get(request.connection());
    }

    /** Whether only probes are answered on it. */
    boolean spare(ClientConnection client) {
        return spare.contains(client);
    }

    void idle(ClientConnection client) {
        if (!spare.contains(client)) {
            idle.add(client);
        }
    }

    void busy(ClientConnection client) {
        idle.remove(client);
    }

    /** Closes every connection at once. */
    void dropAll() {
        open.values().forEach(ClientConnection::drop);
    }

    private void closed(HttpConnection connection, ClientConnection client) {
        open.remove(connection);
        idle.remove(client);
        spare.remove(client);
        client.closed();
    }

    private static boolean dropFirst(Set<ClientConnection> clients) {
        Iterator<ClientConnection> first = clients.iterator();
        if (!first.hasNext()) {
            return false;
        }
        ClientConnection client = first.next();
        first.remove();
        client.drop();
        return true;
    }
}
