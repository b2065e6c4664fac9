package dev.dllm4j.decoder.canvas;

/** What happens to one position of a canvas; {@link Canvas#apply} makes it so. */
public sealed interface CanvasChange {
    int position();

    /**
     * A mask becomes a token, for good unless it is taken back or replaced.
     *
     * @param probability of the token, as the model and its sampling say
     */
    record Commit(int position, int token, float probability) implements CanvasChange {}

    /** A committed position becomes a mask again. */
    record TakeBack(int position) implements CanvasChange {}

    /**
     * A committed token gives way to another one, in a part that is held open.
     *
     * @param probability of the new token, as the model and its sampling say
     */
    record Replace(int position, int old, int token, float probability) implements CanvasChange {}
}
