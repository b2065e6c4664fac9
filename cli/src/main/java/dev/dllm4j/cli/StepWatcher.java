package dev.dllm4j.cli;

import dev.dllm4j.decoder.StepReport;

/** Looks on while a sequence is decoded. */
interface StepWatcher extends AutoCloseable {
    /** Looks away. */
    StepWatcher NONE = report -> {};

    void after(StepReport report);

    /** The decoding is over; what was only meant for the meantime goes. */
    @Override
    default void close() {}
}
