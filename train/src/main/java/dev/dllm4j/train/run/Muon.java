package dev.dllm4j.train.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Muon's move of a matrix (Jordan and others, 2024): its momentum, made about orthogonal by Newton-Schulz steps, so that
 * every direction of the matrix moves alike. Operators are called on arrays of the step, or in place.
 */
final class Muon {
    private static final double MOMENTUM = 0.95;
    /** Newton-Schulz steps, and the coefficients of their quintic. */
    private static final int STEPS = 5;

    private static final double FIRST = 3.4445;
    private static final double THIRD = -4.7750;
    private static final double FIFTH = 2.0315;
    /** Root mean square of a move's entries, about, so that one learning rate fits Muon and AdamW. */
    private static final double SIZE = 0.3;

    private static final double EPSILON = 1e-7;

    private Muon() {}

    /** Takes a gradient into the momentum, and gives the move for a learning rate of 1. */
    static NDArray move(NDArray gradient, NDArray momentum) {
        momentum.muli(MOMENTUM).addi(gradient);
        NDArray ahead = gradient.zerosLike().addi(momentum).muli(MOMENTUM).addi(gradient);
        Shape shape = gradient.getShape();
        return orthogonal(ahead).mul(SIZE * Math.sqrt((double) Math.max(shape.get(0), shape.get(1))));
    }

    /** Singular values near 1 in place of the matrix's own. */
    static NDArray orthogonal(NDArray matrix) {
        boolean tall = matrix.getShape().get(0) > matrix.getShape().get(1);
        NDArray near = tall ? matrix.transpose(1, 0) : matrix;
        near = near.div(near.square().sum().sqrt().add(EPSILON));
        for (int step = 0; step < STEPS; step++) {
            NDArray square = near.matMul(near.transpose(1, 0));
            NDArray factor = square.mul(THIRD).add(square.matMul(square).mul(FIFTH));
            near = near.mul(FIRST).add(factor.matMul(near));
        }
        return tall ? near.transpose(1, 0) : near;
    }
}
