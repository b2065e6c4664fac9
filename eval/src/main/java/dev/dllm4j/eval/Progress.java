package dev.dllm4j.eval;

import dev.dllm4j.decoder.DecodingConfig;

/** Is told after each question how far an evaluation has come, on the thread that runs it. */
@FunctionalInterface
public interface Progress {
    /**
     * Told when the question's line is written.
     *
     * @param config of the run under way; an evaluation of several has one run after the other
     * @param soFar of this run
     * @param total questions of this run
     */
    void after(DecodingConfig config, Tally soFar, int total);
}
