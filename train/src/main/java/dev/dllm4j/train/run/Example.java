package dev.dllm4j.train.run;

/**
 * A question and its answer, as token ids.
 *
 * @param prompt with what the chat template puts around the question
 * @param answer with one end token
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record Example(int[] prompt, int[] answer) {
    int length() {
        return prompt.length + answer.length;
    }
}
