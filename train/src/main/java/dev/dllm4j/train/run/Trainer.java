package dev.dllm4j.train.run;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.RouterWatch;

/** Takes steps. One thread. */
public final class Trainer {
    private final Schedule schedule;
    private final AdamW optimizer;
    private final NDManager manager;

    public Trainer(NDManager manager, Schedule schedule, AdamW optimizer) {
        this.manager = manager;
        this.schedule = schedule;
        this.optimizer = optimizer;
    }

    /**
     * Learns a lesson.
     *
     * @param steps taken before
     * @param progress share of the run that is done
     * @return the loss before the step
     */
    public double step(Lesson lesson, long steps, double progress) {
        try (NDManager step = manager.newSubManager()) {
            double loss = backward(lesson, step);
            optimizer.update(step, steps, schedule.learningRate(steps, progress), schedule);
            return loss;
        }
    }

    private double backward(Lesson lesson, NDManager step) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray loss = lesson.loss(step);
            collector.backward(loss);
            return loss.getFloat();
        }
    }

    /** Weighted sum of the chosen rows' cross entropies. */
    public static NDArray loss(Llada model, Batch batch, NDManager step) {
        return loss(logits(model, batch, step), batch, step);
    }

    /** Logits of the chosen rows, {@code [chosen, vocabulary]}. */
    public static NDArray logits(Llada model, Batch batch, NDManager step) {
        return logits(model, batch, RouterWatch.NONE, step);
    }

    /** The same; a watch hears what routers do. */
    static NDArray logits(Llada model, Batch batch, RouterWatch watch, NDManager step) {
        NDArray hidden = model.hidden(step.create(batch.tokens()), batch.layout(), watch);
        return model.logits(hidden, step.create(batch.chosen()));
    }

    /** Weighted sum of cross entropies, from the logits. */
    public static NDArray loss(NDArray logits, Batch batch, NDManager step) {
        NDArray targets = step.create(batch.targets()).expandDims(1);
        NDArray likelihoods = logits.logSoftmax(-1).gather(targets, 1).squeeze(1);
        return likelihoods.mul(step.create(batch.weights())).sum().neg();
    }
}
