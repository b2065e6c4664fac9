package dev.dllm4j.decoder.schedule;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.StepReport;

/** What a shared step came to for one decoding. */
public sealed interface Outcome {
    Decoding decoding();

    /** The decoding made its step; it has left the scheduler if that was its last. */
    record Advanced(Decoding decoding, StepReport report) implements Outcome {}

    /** The decoding failed, or its forward did; it is closed and has left the scheduler, the others go on. */
    record Failed(Decoding decoding, RuntimeException cause) implements Outcome {}
}
