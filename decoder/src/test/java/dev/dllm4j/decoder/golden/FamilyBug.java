package dev.dllm4j.decoder.golden;

import java.util.function.Predicate;

/**
 * Runs whose originals do what their own authors cannot have meant, or what no model here does.
 *
 * @param reason why such a run is not to come out the same
 */
public record FamilyBug(String reason, Predicate<Trace> holds) {}
