package dev.dllm4j.train.run;

/** How far a run is: steps, samples and seconds of work, with those before a resumption. */
public record RunClock(long steps, long samples, double seconds) {
    static final RunClock START = new RunClock(0, 0, 0);

    RunClock after(int batchSamples, double batchSeconds) {
        return new RunClock(steps + 1, samples + batchSamples, seconds + batchSeconds);
    }
}
