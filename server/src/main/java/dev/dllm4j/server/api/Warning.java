package dev.dllm4j.server.api;

/**
 * What an answer says of a field that was not honoured as it was sent.
 *
 * @param param the field, as errors name it
 * @param message on one line
 */
public record Warning(String param, String message) {}
