package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.stream.IntStream;

/** What prompt and draft must be for a config and a model. */
final class DraftFit {
    private DraftFit() {}

    /** @throws IllegalArgumentException with the remedy */
    static void require(int[] prompt, Draft draft, DecodingConfig config, ModelSpec spec) {
        if (draft.length() != config.genLength()) {
            throw new IllegalArgumentException("the text to fill has " + draft.length()
                    + " positions and gen length is " + config.genLength() + "; they must be equal");
        }
        if (draft.masks() == 0) {
            throw new IllegalArgumentException("the text to fill has no masks; give it at least one slot");
        }
        if (draft.hasText() && config.stop().cuts()) {
            throw new IllegalArgumentException(
                    "stop is " + config.stop() + "; it would cut off fixed text after an end, so use stop full");
        }
        spec.requireTokens("the prompt", prompt);
        spec.requireTokens(
                "the text to fill around",
                IntStream.range(0, draft.length())
                        .filter(draft::fixed)
                        .map(draft::token)
                        .toArray());
        if ((long) prompt.length + config.genLength() > spec.context()) {
            throw new IllegalArgumentException("the prompt has " + prompt.length + " tokens and gen length is "
                    + config.genLength() + "; together they must fit the model's context of " + spec.context()
                    + ", so shorten the prompt or the gen length");
        }
    }
}
