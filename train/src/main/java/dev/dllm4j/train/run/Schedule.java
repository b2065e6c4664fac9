package dev.dllm4j.train.run;

/** What the optimizer is told: how fast to learn, what to shrink, what to clip. */
public interface Schedule {
    /** The learning rate ends at this share of its peak. */
    double FLOOR = 0.05;

    /** The learning rate's peak. */
    double learningRate();

    /** Steps until the peak. */
    int warmup();

    /** Of matrices, per step and unit of learning rate. */
    double weightDecay();

    /** Largest norm of all gradients together. */
    double clip();

    /** Of the weights' moving average. */
    double averageDecay();

    /** The learning rate of a step, counted from 0, when a share of the run is done: a line up, half a cosine down. */
    default double learningRate(long step, double progress) {
        double rise = Math.min(1, (step + 1.0) / warmup());
        double fall = FLOOR + (1 - FLOOR) * (1 + Math.cos(Math.PI * progress)) / 2;
        return learningRate() * rise * fall;
    }

    /** The moving average's decay, smaller while there is little to average over. */
    default double averageDecay(long step) {
        return Math.min(averageDecay(), (1.0 + step) / (10.0 + step));
    }
}
