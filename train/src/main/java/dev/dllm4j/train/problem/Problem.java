package dev.dllm4j.train.problem;

/**
 * A question in GSM8K's manner.
 *
 * @param answer worked steps, then {@code ####} and the number they come to
 */
public record Problem(String question, String answer) {}
