package dev.dllm4j.decoder;

/**
 * A mask that became a token.
 *
 * @param probability that the strategy saw for the token
 */
public record Commit(int position, int token, float probability) {}
