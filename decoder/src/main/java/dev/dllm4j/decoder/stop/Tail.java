package dev.dllm4j.decoder.stop;

/** What becomes of the canvas behind a text's end. */
public sealed interface Tail {
    /** Nothing has ended. */
    record Keep() implements Tail {}

    /** Positions from {@code end} on leave the canvas. */
    record Truncate(int end) implements Tail {}

    /** Masks from {@code end} on stay on the canvas and are attended to, but are never decoded. */
    record Freeze(int end) implements Tail {}
}
