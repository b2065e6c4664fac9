package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.model.Architecture;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Set;
import java.util.stream.IntStream;

/** A prompt, masks behind it, and what a model says about them. */
final class Scene {
    static final int[] PROMPT = {2, 40, 41, 42, 3};
    static final int MASKS = 12;
    static final int LENGTH = PROMPT.length + MASKS;

    private Scene() {}

    /** Cross entropy of token 41 at every position, weighted by the position. */
    static NDArray loss(Llada model, NDManager step, Sight sight) {
        NDArray logits = logits(model, step, sight).logSoftmax(-1).get(":, 41");
        return logits.mul(step.arange(0, LENGTH, 1, logits.getDataType())).sum().mul(-0.1);
    }

    static NDArray logits(Llada model, NDManager step, Sight sight) {
        NDArray hidden = model.hidden(step.create(new long[][] {tokens()}), sight);
        return model.logits(hidden, step.arange(0, LENGTH, 1, DataType.INT64));
    }

    static long[] tokens() {
        return IntStream.range(0, LENGTH)
                .mapToLong(position -> position < PROMPT.length ? PROMPT[position] : WordVocabulary.MASK)
                .toArray();
    }

    static ModelSpec spec(int vocabulary, int hidden, int layers, int heads, int kvHeads) {
        return new ModelSpec(
                Architecture.LLADA,
                vocabulary,
                hidden,
                layers,
                heads,
                kvHeads,
                hidden / heads,
                20,
                64,
                1e4,
                1e-5,
                WordVocabulary.MASK,
                Set.of(WordVocabulary.END),
                Set.of());
    }
}
