package dev.dllm4j.decoder;

import java.util.List;

/**
 * What a decoding came to.
 *
 * @param text without end, padding and mask tokens
 * @param tokenIds of the generation area as it stands, end token included
 * @param promptTokens ids of the prompt
 * @param completionTokens ids that the text was made of
 */
public record Answer(
        String text,
        List<Integer> tokenIds,
        FinishReason finishReason,
        int promptTokens,
        int completionTokens,
        DecodingConfig config,
        Work work) {
    public Answer {
        tokenIds = List.copyOf(tokenIds);
    }

    /** Text tokens a forward; 0 before the first. */
    public double tokensPerForward() {
        return work.forwards() == 0 ? 0 : (double) completionTokens / work.forwards();
    }
}
