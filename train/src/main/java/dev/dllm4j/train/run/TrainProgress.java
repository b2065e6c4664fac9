package dev.dllm4j.train.run;

/** Hears how a run goes, on the thread that trains. */
@FunctionalInterface
public interface TrainProgress {
    /**
     * A step is done.
     *
     * @param share of the run that is done
     * @param loss of this step's batch
     */
    void stepped(RunClock clock, double share, double loss);
}
