package dev.dllm4j.server;

import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.http.Access;
import dev.dllm4j.server.http.Tls;
import java.time.Duration;
import java.util.Optional;

/**
 * How a server listens and what it allows.
 *
 * @param port 0 for any free one
 * @param bodyBytes longest request body
 * @param bodyTimeout longest time a client may take to send one
 * @param stallTimeout longest time a client may leave its stream unread
 * @param idleTimeout longest time until a connection has sent the head of its next request
 * @param drain how long requests may still run when the server stops
 * @param tls absent for plain HTTP
 */
public record ServerOptions(
        String host,
        int port,
        RequestLimits request,
        Limits engine,
        Access access,
        int bodyBytes,
        Duration bodyTimeout,
        Duration stallTimeout,
        Duration idleTimeout,
        Duration drain,
        Optional<Tls> tls) {
    public static final ServerOptions DEFAULT = new ServerOptions(
            "127.0.0.1",
            8080,
            RequestLimits.DEFAULT,
            Limits.DEFAULT,
            Access.OPEN,
            1 << 20,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(20),
            Optional.empty());

    public ServerOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(
                    "port is " + port + "; it must be within [0, 65535], 0 for any free one");
        }
        if (bodyBytes < 1) {
            throw new IllegalArgumentException("max body is " + bodyBytes + " bytes; it must be at least 1");
        }
        if (idleTimeout.isNegative() || idleTimeout.isZero()) {
            throw new IllegalArgumentException(
                    "idle timeout is " + idleTimeout.toMillis() / 1e3 + " seconds; it must be above 0");
        }
        if (drain.isNegative()) {
            throw new IllegalArgumentException(
                    "drain is " + drain.toMillis() / 1e3 + " seconds; it must be 0 or above");
        }
    }

    public ServerOptions withPort(int other) {
        return new ServerOptions(
                host, other, request, engine, access, bodyBytes, bodyTimeout, stallTimeout, idleTimeout, drain, tls);
    }

    public ServerOptions withHost(String other) {
        return new ServerOptions(
                other, port, request, engine, access, bodyBytes, bodyTimeout, stallTimeout, idleTimeout, drain, tls);
    }

    public ServerOptions withEngine(Limits other) {
        return new ServerOptions(
                host, port, request, other, access, bodyBytes, bodyTimeout, stallTimeout, idleTimeout, drain, tls);
    }

    public ServerOptions withRequest(RequestLimits other) {
        return new ServerOptions(
                host, port, other, engine, access, bodyBytes, bodyTimeout, stallTimeout, idleTimeout, drain, tls);
    }

    public ServerOptions withAccess(Access other) {
        return new ServerOptions(
                host, port, request, engine, other, bodyBytes, bodyTimeout, stallTimeout, idleTimeout, drain, tls);
    }

    public ServerOptions withBody(int bytes, Duration timeout) {
        return new ServerOptions(
                host, port, request, engine, access, bytes, timeout, stallTimeout, idleTimeout, drain, tls);
    }

    public ServerOptions withStallTimeout(Duration other) {
        return new ServerOptions(
                host, port, request, engine, access, bodyBytes, bodyTimeout, other, idleTimeout, drain, tls);
    }

    public ServerOptions withDrain(Duration other) {
        return new ServerOptions(
                host, port, request, engine, access, bodyBytes, bodyTimeout, stallTimeout, idleTimeout, other, tls);
    }

    public ServerOptions withIdleTimeout(Duration other) {
        return new ServerOptions(
                host, port, request, engine, access, bodyBytes, bodyTimeout, stallTimeout, other, drain, tls);
    }

    public ServerOptions withTls(Tls other) {
        return new ServerOptions(
                host,
                port,
                request,
                engine,
                access,
                bodyBytes,
                bodyTimeout,
                stallTimeout,
                idleTimeout,
                drain,
                Optional.of(other));
    }
}
