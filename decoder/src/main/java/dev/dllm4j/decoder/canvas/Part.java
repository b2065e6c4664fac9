package dev.dllm4j.decoder.canvas;

/**
 * The stretch of the canvas that is being filled: one block, or the whole generation area.
 *
 * @param index 0-based, in the order the parts are filled
 * @param start first position
 * @param end behind the last position
 */
public record Part(int index, int start, int end) {}
