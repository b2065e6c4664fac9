package dev.dllm4j.cli;

import dev.dllm4j.eval.Progress.Pace;

/** How far an evaluation is: a bar, and the figures so far. */
final class EvalProgress {
    private static final int WIDTH = 20;

    private EvalProgress() {}

    static String line(Pace pace) {
        int full = WIDTH * pace.soFar().items() / pace.total();
        return "\u2501".repeat(full) + Style.DIM.of("\u2501".repeat(WIDTH - full)) + " " + pace;
    }
}
