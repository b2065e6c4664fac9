package dev.dllm4j.server;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.http.Access;
import dev.dllm4j.server.http.HttpLimits;
import dev.dllm4j.server.http.Tls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a server listens and what it allows.
 *
 * @param port 0 for any free one
 * @param http what connections may cost
 * @param drain how long requests may still run when the server stops
 * @param tls absent for plain HTTP
 */
public record ServerOptions(
        String host,
        int port,
        RequestLimits request,
        Limits engine,
        Access access,
        HttpLimits http,
        Duration drain,
        Optional<Tls> tls) {
    public static final ServerOptions DEFAULT = new ServerOptions(
            "127.0.0.1",
            8080,
            RequestLimits.DEFAULT,
            Limits.DEFAULT,
            Access.OPEN,
            HttpLimits.DEFAULT,
            Duration.ofSeconds(20),
            Optional.empty());

    public ServerOptions {
        requireNonNull(host, "host is null; give one, e.g. 127.0.0.1");
        requireNonNull(request, "request is null; give limits, e.g. RequestLimits.DEFAULT");
        requireNonNull(engine, "engine is null; give limits, e.g. Limits.DEFAULT");
        requireNonNull(access, "access is null; give some, e.g. Access.OPEN");
        requireNonNull(http, "http is null; give limits, e.g. HttpLimits.DEFAULT");
        requireNonNull(drain, "drain is null; give a duration, which may be 0");
        requireNonNull(tls, "tls is null; give Optional.empty() for plain HTTP");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(
                    "port is " + port + "; it must be within [0, 65535], 0 for any free one");
        }
        if (drain.isNegative()) {
            throw new IllegalArgumentException(
                    "drain is " + drain.toMillis() / 1e3 + " seconds; it must be 0 or above");
        }
    }

    /** What a server with these options should be told of, though it starts. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (access.openToOthers(host)) {
            warnings.add("anybody who reaches " + host
                    + " may use this server; ask for keys with --api-key-file, or listen on this machine alone");
        }
        tls.flatMap(files -> files.complaint(Instant.now())).ifPresent(warnings::add);
        return warnings;
    }

    public ServerOptions withPort(int other) {
        return new ServerOptions(host, other, request, engine, access, http, drain, tls);
    }

    public ServerOptions withHost(String other) {
        return new ServerOptions(other, port, request, engine, access, http, drain, tls);
    }

    public ServerOptions withEngine(Limits other) {
        return new ServerOptions(host, port, request, other, access, http, drain, tls);
    }

    public ServerOptions withRequest(RequestLimits other) {
        return new ServerOptions(host, port, other, engine, access, http, drain, tls);
    }

    public ServerOptions withAccess(Access other) {
        return new ServerOptions(host, port, request, engine, other, http, drain, tls);
    }

    public ServerOptions withHttp(HttpLimits other) {
        return new ServerOptions(host, port, request, engine, access, other, drain, tls);
    }

    public ServerOptions withBody(int bytes, Duration timeout) {
        return withHttp(http.withBody(bytes, timeout));
    }

    public ServerOptions withStallTimeout(Duration other) {
        return withHttp(http.withStallTimeout(other));
    }

    public ServerOptions withIdleTimeout(Duration other) {
        return withHttp(http.withIdleTimeout(other));
    }

    public ServerOptions withDrain(Duration other) {
        return new ServerOptions(host, port, request, engine, access, http, other, tls);
    }

    public ServerOptions withTls(Tls other) {
        return new ServerOptions(host, port, request, engine, access, http, drain, Optional.of(other));
    }
}
