package dev.dllm4j.decoder.stop;

import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight.BlockCausal;

/**
 * The first end token with no mask before it ends the text; what lies after it is dropped.
 *
 * @param when an end token is looked for
 */
public record EndOfText(When when) implements StopRule {
    /** When an end token is looked for. */
    public enum When {
        /** After every step. */
        STEP,
        /**
         * When the open block is filled: it is decoded whole, with what stands after an end token (SDAR
         * {@code generate.py}; JetEngine; dllm's BD3LM; Fast-dLLM v2 {@code batch_sample}). It is the model's block, or
         * the window's where that is longer or the model has none; under a window without blocks, the canvas.
         */
        BLOCK
    }

    /** Looks after every step. */
    public EndOfText() {
        this(When.STEP);
    }

    @Override
    public Watch start(ModelSpec model) {
        return (view, accepted) -> {
            Canvas canvas = view.canvas();
            int settledEnd = when == When.STEP || filled(model, view) ? canvas.settledEnd() : canvas.promptLength();
            for (int position = canvas.promptLength(); position < settledEnd; position++) {
                if (model.endTokens().contains(canvas.token(position))) {
                    return new Tail.Truncate(position + 1);
                }
            }
            return new Tail.Keep();
        };
    }

    private static boolean filled(ModelSpec model, StepView view) {
        Canvas canvas = view.canvas();
        Part part = view.part();
        int end = part.end();
        if (model.sight() instanceof BlockCausal blocks) {
            int blockEnd = blocks.grid(canvas.promptLength()).end(part.start());
            end = Math.max(end, Math.min(blockEnd, canvas.length()));
        }
        return canvas.masks(part.start(), end) == 0;
    }

    @Override
    public String toString() {
        return when == When.STEP ? "eot" : "eot(when=block)";
    }
}
