package dev.dllm4j.decoder.golden;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.stop.EndOfText;
import dev.dllm4j.decoder.stop.EndOfText.When;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.stop.Tail;

/**
 * How two of LLaDA2's samplers stop early, with their faults: they look for an end only in a step that commits one, and
 * then at the first of the whole canvas, though it stand in the prompt.
 */
public record CommittedEnd(Sampler sampler) implements StopRule {
    /** Whose reading it is. */
    public enum Sampler {
        /** LLaDA2.0's {@code generate}: an end of the prompt leaves no answer; looks again when a block is filled. */
        GENERATE,
        /** diffusers' pipeline: an end of the prompt is the only one that is ever seen. */
        DIFFUSERS
    }

    @Override
    public Watch start(ModelSpec model) {
        Watch filledBlocks = new EndOfText(When.BLOCK).start(model);
        return (view, accepted) -> {
            Canvas canvas = view.canvas();
            int answer = canvas.promptLength();
            if (commitsAnEnd(model, view)) {
                int first = firstEnd(model, canvas);
                boolean seen = sampler == Sampler.GENERATE || first > answer;
                if (seen && canvas.masks(answer, Math.max(answer, first)) == 0) {
                    return new Tail.Truncate(Math.max(answer, first + 1));
                }
            }
            return sampler == Sampler.GENERATE ? filledBlocks.after(view, accepted) : new Tail.Keep();
        };
    }

    private static boolean commitsAnEnd(ModelSpec model, StepView view) {
        Positions open = view.open();
        return open.stream()
                .filter(position -> !view.canvas().masked(position))
                .anyMatch(position -> model.endTokens().contains(view.canvas().token(position)));
    }

    private static int firstEnd(ModelSpec model, Canvas canvas) {
        int position = 0;
        while (!model.endTokens().contains(canvas.token(position))) {
            position++;
        }
        return position;
    }
}
