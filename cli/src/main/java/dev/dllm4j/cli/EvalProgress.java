package dev.dllm4j.cli;

import dev.dllm4j.eval.Progress.Pace;

/** How far an evaluation is, and the figures so far. */
final class EvalProgress {
    private EvalProgress() {}

    static Gauge line(Pace pace) {
        return new Gauge(pace.soFar().items() / (double) pace.total(), pace.toString());
    }
}
