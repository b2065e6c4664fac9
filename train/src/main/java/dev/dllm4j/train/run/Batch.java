package dev.dllm4j.train.run;

import dev.dllm4j.train.model.RowLayout;

/**
 * What one step learns.
 *
 * @param layout where the rows stand and what they see
 * @param tokens input, {@code [samples][positions]}
 * @param chosen rows that predict, each {@code sample · positions + position}
 * @param targets what each chosen row should say
 * @param weights what its cross entropy counts in the loss
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record Batch(RowLayout layout, long[][] tokens, long[] chosen, long[] targets, float[] weights) {
    public int samples() {
        return tokens.length;
    }
}
