package dev.dllm4j.decoder.stop;

import dev.dllm4j.decoder.model.ModelSpec;

/** Never stops early: every mask of the canvas is decoded, as the originals do. */
public record FullCanvas() implements StopRule {
    @Override
    public Watch start(ModelSpec model) {
        return (view, accepted) -> new Tail.Keep();
    }

    @Override
    public boolean cuts() {
        return false;
    }

    @Override
    public String toString() {
        return "full";
    }
}
