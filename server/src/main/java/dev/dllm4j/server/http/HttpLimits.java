package dev.dllm4j.server.http;

import java.time.Duration;

/**
 * What a connection may cost, and how many there may be.
 *
 * @param bodyBytes longest request body
 * @param bodyTimeout longest time to send it
 * @param stallTimeout longest time an answer may stay unread
 * @param idleTimeout longest time until a connection has sent the head of its next request
 * @param connections that may be open at once
 */
public record HttpLimits(
        int bodyBytes, Duration bodyTimeout, Duration stallTimeout, Duration idleTimeout, int connections) {
    public static final HttpLimits DEFAULT =
            new HttpLimits(1 << 20, Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60), 1024);

    public HttpLimits {
        if (bodyBytes < 1) {
            throw new IllegalArgumentException("max body is " + bodyBytes + " bytes; it must be at least 1");
        }
        requirePositive("body timeout", bodyTimeout);
        requirePositive("stall timeout", stallTimeout);
        requirePositive("idle timeout", idleTimeout);
        if (connections < 1) {
            throw new IllegalArgumentException("max connections is " + connections + "; it must be at least 1");
        }
    }

    public HttpLimits withBody(int bytes, Duration timeout) {
        return new HttpLimits(bytes, timeout, stallTimeout, idleTimeout, connections);
    }

    public HttpLimits withStallTimeout(Duration other) {
        return new HttpLimits(bodyBytes, bodyTimeout, other, idleTimeout, connections);
    }

    public HttpLimits withIdleTimeout(Duration other) {
        return new HttpLimits(bodyBytes, bodyTimeout, stallTimeout, other, connections);
    }

    public HttpLimits withConnections(int other) {
        return new HttpLimits(bodyBytes, bodyTimeout, stallTimeout, idleTimeout, other);
    }

    private static void requirePositive(String name, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(
                    name + " is " + duration.toMillis() / 1e3 + " seconds; it must be above 0");
        }
    }
}
