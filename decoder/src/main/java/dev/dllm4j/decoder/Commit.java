package dev.dllm4j.decoder;

/**
 * A mask that became a token.
 *
 * @param probability of the token, as the model and its sampling say
 */
public record Commit(int position, int token, float probability) {}
