package dev.dllm4j.server.http;

import java.time.Duration;

/**
 * What a connection may cost.
 *
 * @param bodyBytes longest request body
 * @param bodyTimeout longest time to send it
 * @param stallTimeout longest time a stream may stay unread
 * @param idleTimeout longest time until a connection has sent the head of its next request
 */
public record HttpLimits(int bodyBytes, Duration bodyTimeout, Duration stallTimeout, Duration idleTimeout) {}
