package dev.dllm4j.server.http;

import java.time.Duration;

/**
 * What a connection may cost, and how many there may be.
 *
 * @param bodyBytes longest request body
 * @param bodiesBytes of all request bodies that are being read
 * @param bodyTimeout longest time to send one
 * @param stallTimeout longest time an answer may stay unread
 * @param idleTimeout longest time until a connection has sent the head of its next request
 * @param connections that may be open at once
 */
public record HttpLimits(
        int bodyBytes,
        long bodiesBytes,
        Duration bodyTimeout,
        Duration stallTimeout,
        Duration idleTimeout,
        int connections) {
    public static final HttpLimits DEFAULT = new HttpLimits(
            1 << 20,
            Math.max(2 << 20, Runtime.getRuntime().maxMemory() / 8),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            1024);

    public HttpLimits {
        if (bodyBytes < 1) {
            throw new IllegalArgumentException("max body is " + bodyBytes + " bytes; it must be at least 1");
        }
        if (bodiesBytes < bodyBytes) {
            throw new IllegalArgumentException(
                    "bodies may be " + bodiesBytes + " bytes together; it must be at least max body, " + bodyBytes);
        }
        requirePositive("body timeout", bodyTimeout);
        requirePositive("stall timeout", stallTimeout);
        requirePositive("idle timeout", idleTimeout);
        if (connections < 1) {
            throw new IllegalArgumentException("max connections is " + connections + "; it must be at least 1");
        }
    }

    /** Two of the longest bodies may be read at once, whatever was allowed for all of them before. */
    public HttpLimits withBody(int bytes, Duration timeout) {
        return new HttpLimits(
                bytes, Math.max(bodiesBytes, 2L * bytes), timeout, stallTimeout, idleTimeout, connections);
    }

    public HttpLimits withBodies(long bytes) {
        return new HttpLimits(bodyBytes, bytes, bodyTimeout, stallTimeout, idleTimeout, connections);
    }

    public HttpLimits withStallTimeout(Duration other) {
        return new HttpLimits(bodyBytes, bodiesBytes, bodyTimeout, other, idleTimeout, connections);
    }

    public HttpLimits withIdleTimeout(Duration other) {
        return new HttpLimits(bodyBytes, bodiesBytes, bodyTimeout, stallTimeout, other, connections);
    }

    public HttpLimits withConnections(int other) {
        return new HttpLimits(bodyBytes, bodiesBytes, bodyTimeout, stallTimeout, idleTimeout, other);
    }

    private static void requirePositive(String name, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(
                    name + " is " + duration.toMillis() / 1e3 + " seconds; it must be above 0");
        }
    }
}
