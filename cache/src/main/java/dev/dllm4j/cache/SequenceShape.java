package dev.dllm4j.cache;

import org.jspecify.annotations.Nullable;

/**
 * What a policy may know of a sequence before its first forward.
 *
 * @param layers of the model
 * @param shifted whether row p predicts position p + 1
 * @param promptLength positions of the prompt, which lies before all others
 * @param length positions of the longest canvas the sequence may have
 * @param grid where the blocks lie whose rows see no later block; null where every row may see every key
 */
public record SequenceShape(
        int layers,
        boolean shifted,
        int promptLength,
        int length,
        @Nullable BlockGrid grid) {}
