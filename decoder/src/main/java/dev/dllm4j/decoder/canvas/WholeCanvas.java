package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;

/** Pure diffusion: every mask may commit at any step (Dream's sampler; LLaDA with one block). */
public record WholeCanvas() implements Window {
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
        canvas.addMasks(canvas.promptLength(), canvas.length(), canvas.length(), open);
    }

    @Override
    public String toString() {
        return "all";
    }
}
