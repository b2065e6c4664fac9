package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.StepReport;

/** Follows one sequence. Called on the engine's thread, which every other sequence waits for: hand over and return. */
public interface Watcher {
    /** The sequence left the queue and is in the coming step. */
    default void started() {}

    /**
     * A step was made, perhaps the last.
     *
     * @return whether more steps are wanted; if not, the sequence ends as {@link End.Done}
     */
    boolean stepped(Decoding decoding, StepReport report);

    /** The last call, also for a sequence that never started. */
    void ended(Decoding decoding, End end);
}
