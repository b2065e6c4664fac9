package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;

/**
 * A sliding window: the leftmost masks, not a contiguous range (Elastic-Cache).
 *
 * @param count most positions that are open at once
 */
public record Leftmost(int count) implements Window {
    public Leftmost {
        if (count < 1) {
            throw new IllegalArgumentException("leftmost count is " + count + "; it must be at least 1");
        }
    }

    @Override
    public int parts(int genLength) {
        return 1;
    }

    @Override
    public int partLength(int genLength) {
        return genLength;
    }

    @Override
    public Part part(Canvas canvas) {
        return new Part(0, canvas.promptLength(), canvas.length());
    }

    @Override
    public void open(Canvas canvas, Positions open) {
        canvas.addMasks(canvas.promptLength(), canvas.length(), count, open);
    }

    @Override
    public String toString() {
        return "leftmost(" + count + ")";
    }
}
