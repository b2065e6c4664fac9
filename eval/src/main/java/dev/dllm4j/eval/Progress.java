package dev.dllm4j.eval;

import java.time.Duration;
import java.util.Locale;

/** Is told after each question how far an evaluation has come, on the thread that runs it. */
@FunctionalInterface
public interface Progress {
    /** Told when the question's line is written. */
    void after(Pace pace);

    /**
     * How far a run is, and how fast.
     *
     * @param run its name; an evaluation of several has one run after the other
     * @param soFar of this run, with what an earlier, interrupted try did
     * @param total questions of this run
     * @param here questions asked since it was started or resumed
     * @param spent time since then
     */
    record Pace(String run, Tally soFar, int total, int here, Duration spent) {
        /** Questions a second. */
        public double rate() {
            return spent.isZero() ? 0 : here / (spent.toNanos() / 1e9);
        }

        /** At the rate so far. */
        public Duration left() {
            return rate() == 0 ? Duration.ZERO : Duration.ofMillis(Math.round(1e3 * (total - soFar.items()) / rate()));
        }

        /** Accuracy so far, rate, tokens per forward, time left. */
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d of %d, %.1f %% correct, %.1f a second, %.2f tokens per forward, %d:%02d left, %s",
                    soFar.items(),
                    total,
                    100 * soFar.accuracy(),
                    rate(),
                    soFar.tokensPerForward(),
                    left().toMinutes(),
                    left().toSecondsPart(),
                    run);
        }
    }
}
