package dev.dllm4j.train.run;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.dllm4j.train.model.Llada;

/** Takes steps. One thread. */
final class Trainer {
    private final Recipe recipe;
    private final AdamW optimizer;
    private final Llada model;
    private final NDManager manager;

    Trainer(NDManager manager, Recipe recipe, AdamW optimizer) {
        this.manager = manager;
        this.recipe = recipe;
        this.optimizer = optimizer;
        this.model = new Llada(optimizer.weights());
    }

    /**
     * Learns a batch.
     *
     * @param steps taken before
     * @param progress share of the run that is done
     * @return the loss before the step
     */
    double step(Batch batch, long steps, double progress) {
        try (NDManager step = manager.newSubManager()) {
            double loss = backward(batch, step);
            optimizer.update(step, steps, recipe.learningRate(steps, progress), recipe);
            return loss;
        }
    }

    private double backward(Batch batch, NDManager step) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray loss = loss(model, batch, step);
            collector.backward(loss);
            return loss.getFloat();
        }
    }

    /** Weighted sum of the chosen rows' cross entropies. */
    static NDArray loss(Llada model, Batch batch, NDManager step) {
        NDArray hidden = model.hidden(step.create(batch.tokens()), batch.sight());
        NDArray logits = model.logits(hidden, step.create(batch.chosen()));
        NDArray targets = step.create(batch.targets()).expandDims(1);
        NDArray likelihoods = logits.logSoftmax(-1).gather(targets, 1).squeeze(1);
        return likelihoods.mul(step.create(batch.weights())).sum().neg();
    }
}
