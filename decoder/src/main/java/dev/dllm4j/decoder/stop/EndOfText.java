package dev.dllm4j.decoder.stop;

import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.model.ModelSpec;

/** The first end token with no mask before it ends the text; what lies behind it is dropped. */
public record EndOfText() implements StopRule {
    @Override
    public Watch start(ModelSpec model) {
        return (view, accepted) -> {
            Canvas canvas = view.canvas();
            int settledEnd = canvas.settledEnd();
            for (int position = canvas.promptLength(); position < settledEnd; position++) {
                if (model.endTokens().contains(canvas.token(position))) {
                    return new Tail.Truncate(position + 1);
                }
            }
            return new Tail.Keep();
        };
    }

    @Override
    public String toString() {
        return "eot";
    }
}
