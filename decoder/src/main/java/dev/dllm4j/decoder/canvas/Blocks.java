package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;

/**
 * Semi-autoregressive: blocks from left to right, any order inside (LLaDA {@code generate.py}). The last block may be
 * shorter than the others, and so may the first where blocks are counted from the canvas's start.
 *
 * @param length positions of a whole block
 * @param from where the first of them begins
 */
public record Blocks(int length, From from) implements Window {
    /** Where blocks are counted from. */
    public enum From {
        /** The prompt's end: the first block is whole (LLaDA; dllm, whose padding on the left amounts to it). */
        PROMPT,
        /**
         * Position 0: borders lie on multiples of the length, and the prompt's tail shares the first block with masks
         * (SDAR, Fast-dLLM v2).
         */
        START
    }

    public Blocks {
        if (length < 1) {
            throw new IllegalArgumentException("block length is " + length + "; it must be at least 1");
        }
    }

    /** Counted from the prompt's end. */
    public Blocks(int length) {
        this(length, From.PROMPT);
    }

    /**
     * For what takes whole blocks only.
     *
     * @throws IllegalArgumentException if the length does not divide the gen length
     */
    public void requireWhole(int genLength) {
        if (genLength % length != 0) {
            throw new IllegalArgumentException("gen length is " + genLength + " and block length " + length
                    + "; the second must divide the first, e.g. gen length "
                    + Math.max(length, genLength / length * length));
        }
    }

    /** Counted from the canvas's start, a prompt that ends one position after a border makes the most of them. */
    @Override
    public int parts(int genLength) {
        long most = from == From.PROMPT ? (genLength + length - 1L) / length : (genLength + 2L * length - 2) / length;
        return (int) most;
    }

    @Override
    public int partLength(int genLength) {
        return length;
    }

    /** Exclusive end of the block that holds a position, wherever the canvas ends. */
    int end(int promptLength, int position) {
        int intoBlock = Math.floorMod(position - origin(promptLength), length);
        return (int) Math.min((long) position - intoBlock + length, Integer.MAX_VALUE);
    }

    @Override
    public Part part(Canvas canvas) {
        int origin = origin(canvas.promptLength());
        int first = (canvas.promptLength() - origin) / length;
        int start = begin(canvas);
        return new Part(
                (start - origin) / length - first,
                Math.max(start, canvas.promptLength()),
                Math.min(end(canvas.promptLength(), start), canvas.length()));
    }

    @Override
    public int begin(Canvas canvas) {
        int origin = origin(canvas.promptLength());
        return origin + (canvas.settledEnd() - origin) / length * length;
    }

    @Override
    public void open(Canvas canvas, Positions open) {
        Part part = part(canvas);
        canvas.addMasks(part.start(), part.end(), length, open);
    }

    @Override
    public String toString() {
        return "blocks(" + length + (from == From.PROMPT ? ")" : ",from=start)");
    }

    private int origin(int promptLength) {
        return from == From.PROMPT ? promptLength : 0;
    }
}
