package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;

/**
 * Semi-autoregressive: blocks from left to right, any order inside (LLaDA {@code generate.py}).
 *
 * @param length positions of a block; divides the gen length
 */
public record Blocks(int length) implements Window {
    public Blocks {
        if (length < 1) {
            throw new IllegalArgumentException("block length is " + length + "; it must be at least 1");
        }
    }

    @Override
    public int parts(int genLength) {
        if (genLength % length != 0) {
            throw new IllegalArgumentException("gen length is " + genLength + " and block length " + length
                    + "; the second must divide the first, e.g. gen length "
                    + Math.max(length, genLength / length * length));
        }
        return genLength / length;
    }

    @Override
    public Part part(Canvas canvas) {
        int index = (canvas.settledEnd() - canvas.promptLength()) / length;
        int start = canvas.promptLength() + index * length;
        return new Part(index, start, Math.min(start + length, canvas.length()));
    }

    @Override
    public void open(Canvas canvas, Positions open) {
        Part part = part(canvas);
        canvas.addMasks(part.start(), part.end(), length, open);
    }

    @Override
    public String toString() {
        return "blocks(" + length + ")";
    }
}
