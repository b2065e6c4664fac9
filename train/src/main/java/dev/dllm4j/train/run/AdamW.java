package dev.dllm4j.train.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.train.model.TensorShapes;
import dev.dllm4j.train.model.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * AdamW, Muon for the matrices within the blocks, with gradient clipping and a moving average of the weights. DJL's own keeps its state where no checkpoint gets
 * at it. Operators are called on arrays of the step, or in place: a result belongs to what it is called on.
 *
 * @param momentum mean of the gradients
 * @param variance mean of their squares
 * @param average of the weights over the last steps
 */
public record AdamW(Tensors weights, Tensors momentum, Tensors variance, Tensors average) {
    private static final double MOMENTUM = 0.9;
    private static final double VARIANCE = 0.98;
    private static final double EPSILON = 1e-8;

    /** A start from some weights. */
    public static AdamW start(NDManager manager, Tensors weights) {
        return new AdamW(weights.trainable(), weights.zeros(manager), weights.zeros(manager), weights.copy(manager));
    }

    /** Takes the gradients, clipped, into the weights, and clears them. */
    public void update(NDManager step, long steps, double rate, Schedule schedule) {
        Map<String, NDArray> gradients = gradients(step);
        double norm = norm(gradients);
        if (!Double.isFinite(norm)) {
            throw new ModelException("the gradients are no numbers any more at step " + steps
                    + "; lower --learning-rate and resume from the last checkpoint");
        }
        double scale = Math.min(1, schedule.clip() / (norm + EPSILON));
        double kept = schedule.averageDecay(steps);
        gradients.forEach((name, gradient) -> {
            NDArray weight = weights.get(name);
            NDArray clipped = gradient.mul(scale);
            NDArray move = TensorShapes.isInnerMatrix(name)
                    ? Muon.move(clipped, momentum.get(name))
                    : move(name, clipped, steps);
            if (weight.getShape().dimension() > 1) {
                weight.muli(1 - rate * schedule.weightDecay());
            }
            weight.subi(move.muli(rate));
            average.get(name).muli(kept).addi(gradient.zerosLike().addi(weight).muli(1 - kept));
            gradient.muli(0);
        });
    }

    /** AdamW's, for a learning rate of 1. */
    private NDArray move(String name, NDArray gradient, long steps) {
        NDArray mean = momentum.get(name);
        NDArray square = variance.get(name);
        mean.muli(MOMENTUM).addi(gradient.mul(1 - MOMENTUM));
        square.muli(VARIANCE).addi(gradient.square().muli(1 - VARIANCE));
        NDArray divisor = gradient.zerosLike().addi(square).divi(1 - Math.pow(VARIANCE, steps + 1.0));
        NDArray dividend = gradient.zerosLike().addi(mean).divi(1 - Math.pow(MOMENTUM, steps + 1.0));
        return dividend.divi(divisor.sqrt().addi(EPSILON));
    }

    private Map<String, NDArray> gradients(NDManager step) {
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        weights.arrays().forEach((name, weight) -> {
            NDArray gradient = weight.getGradient();
            gradient.attach(step);
            gradients.put(name, gradient);
        });
        return gradients;
    }

    private static double norm(Map<String, NDArray> gradients) {
        double sum = 0;
        for (NDArray gradient : gradients.values()) {
            sum += gradient.square().sum().getFloat();
        }
        return Math.sqrt(sum);
    }
}
