package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** A prompt, masks behind it, and what a model says about them. */
final class Scene {
    static final int[] PROMPT = {2, 40, 41, 42, 3};
    static final int MASKS = 12;
    static final int LENGTH = PROMPT.length + MASKS;

    private Scene() {}

    /** Cross entropy of token 41 at every row, weighted by the row. */
    static NDArray loss(Llada model, NDManager step, long[] tokens, RowLayout layout) {
        NDArray logits = logits(model, step, tokens, layout).logSoftmax(-1).get(":, 41");
        return logits.mul(step.arange(0, tokens.length, 1, logits.getDataType()))
                .sum()
                .mul(Tensors.constant(logits, -0.1));
    }

    static NDArray logits(Llada model, NDManager step, long[] tokens, RowLayout layout) {
        NDArray hidden = model.hidden(step.create(new long[][] {tokens}), layout);
        return model.logits(hidden, step.arange(0, tokens.length, 1, DataType.INT64));
    }

    static long[] tokens() {
        return IntStream.range(0, LENGTH)
                .mapToLong(position -> position < PROMPT.length ? PROMPT[position] : WordVocabulary.MASK)
                .toArray();
    }

    /** Weights of which none is zero or one. */
    static Weights weights(NDManager manager, ModelSpec spec, DataType type, long seed) {
        Weights weights = Weights.random(manager, spec, type, seed);
        Random random = new Random(seed);
        weights.tensors().arrays().values().forEach(array -> {
            double[] noise = random.doubles(array.size(), -0.3, 0.3).toArray();
            array.addi(manager.create(noise, array.getShape()).toType(type, false));
        });
        return weights;
    }

    /** Two streams: five rows of text, the last two of them in the reverse order, and masks for these two. */
    static RowLayout streams() {
        int[] order = {0, 0, 0, 2, 1};
        boolean[][] seen = new boolean[7][7];
        for (int row = 0; row < 7; row++) {
            int rank = row < 5 ? order[row] : order[row - 2] - 1;
            for (int text = 0; text < 5; text++) {
                seen[row][text] = order[text] <= rank;
            }
            seen[row][row] = true;
        }
        return new RowLayout(new long[][] {{0, 1, 2, 3, 4, 3, 4}}, new boolean[][][] {seen});
    }

    static ModelSpec spec(int vocabulary, int hidden, int layers, int heads, int kvHeads) {
        return Family.LLADA.spec(
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

    /** A model whose layers have experts. */
    static ModelSpec experts(
            int vocabulary, int hidden, int layers, int heads, int count, int active, int expertWidth) {
        ModelSpec plain = spec(vocabulary, hidden, layers, heads, heads);
        return new ModelSpec(
                Llada.EXPERT_FAMILY,
                plain.vocabulary(),
                plain.hidden(),
                plain.layers(),
                plain.heads(),
                plain.kvHeads(),
                plain.headWidth(),
                new Experts(count, active, expertWidth, 0, 0, 0, new Router.Softmax(false)),
                plain.context(),
                plain.rotary(),
                plain.norm(),
                plain.clip(),
                plain.sight(),
                plain.readout(),
                plain.maskToken(),
                plain.endTokens(),
                plain.padTokens());
    }
}
