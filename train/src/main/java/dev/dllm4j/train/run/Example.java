package dev.dllm4j.train.run;

import java.util.Arrays;
import java.util.List;

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

    /**
     * Both together, with one token over and over after them.
     *
     * @param positions of all
     */
    long[] padded(int positions, int pad) {
        long[] text = new long[positions];
        Arrays.fill(text, pad);
        int end = 0;
        for (int[] part : List.of(prompt, answer)) {
            for (int token : part) {
                text[end++] = token;
            }
        }
        return text;
    }
}
