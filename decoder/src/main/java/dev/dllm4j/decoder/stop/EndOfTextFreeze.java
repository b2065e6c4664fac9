package dev.dllm4j.decoder.stop;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The first step that commits an end token decides, once: masks behind the leftmost end token of that step are never
 * decoded, but stay attended to (Elastic-Cache {@code llada/generate.py}). Where tokens may be edited it is the first step
 * that closes a part with an end token.
 *
 * @see <a href="https://arxiv.org/abs/2510.14973">Attention Is All You Need for KV Cache in Diffusion LLMs</a>
 */
public record EndOfTextFreeze() implements StopRule {
    @Override
    public Watch start(ModelSpec model) {
        return new Once(model);
    }

    @Override
    public String toString() {
        return "eos-freeze";
    }

    private static final class Once implements Watch {
        private final ModelSpec model;
        private boolean decided;

        Once(ModelSpec model) {
            this.model = model;
        }

        @Override
        public Tail after(StepView view, Positions accepted) {
            Canvas canvas = view.canvas();
            OptionalInt end = IntStream.range(view.part().start(), view.part().end())
                    .filter(position -> !canvas.masked(position) && !canvas.given(position))
                    .filter(position -> model.endTokens().contains(canvas.token(position)))
                    .min();
            if (decided || end.isEmpty()) {
                return new Tail.Keep();
            }
            decided = true;
            return new Tail.Freeze(end.getAsInt() + 1);
        }
    }
}
