package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;

/**
 * What strategy and stop rule may see of a step. A view of reused objects: valid for the duration of the call.
 *
 * @param part the stretch that is being filled
 * @param open masked positions that may commit now, leftmost first
 * @param predictions of this step's forward, for the demanded positions
 * @param step 0-based number of the forward
 * @param noise keyed by this decoding's seed
 */
public record StepView(Canvas canvas, Part part, Positions open, Predictions predictions, int step, Noise noise) {}
