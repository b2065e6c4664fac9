package dev.dllm4j.train.run;

/**
 * A question and its answer, as token ids.
 *
 * @param prompt with what the chat template puts around the question
 * @param answer with one end token
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record Example(int[] prompt, int[] answer) {
    /** Positions of both together. */
    public int length() {
        return prompt.length + answer.length;
    }
}
