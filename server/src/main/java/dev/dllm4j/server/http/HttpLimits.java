package dev.dllm4j.server.http;

import java.time.Duration;

/**
 * What a connection may cost.
 *
 * @param bodyBytes longest request body
 * @param bodyTimeout longest time to send it
 * @param stallTimeout longest time a stream may stay unread
 */
public record HttpLimits(int bodyBytes, Duration bodyTimeout, Duration stallTimeout) {}
