package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.Architecture;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Set;

/**
 * How large a model is.
 *
 * @param width of a hidden row; a multiple of twice the heads
 * @param layers transformer blocks
 * @param heads attention heads
 * @param feedForward inner width of the gated feed-forward part
 */
public record StarterSizes(int width, int layers, int heads, int feedForward) {
    public static final StarterSizes DEFAULT = new StarterSizes(128, 6, 4, 352);

    private static final int CONTEXT = 1024;
    private static final double ROPE_THETA = 1e4;
    private static final double NORM_EPSILON = 1e-5;

    public StarterSizes {
        if (heads < 1 || width < 1 || width % (2 * heads) != 0) {
            throw new IllegalArgumentException(
                    "width is " + width + " and heads is " + heads + "; width must be a multiple of twice the heads");
        }
    }

    ModelSpec spec(int vocabulary) {
        return new ModelSpec(
                Architecture.LLADA,
                vocabulary,
                width,
                layers,
                heads,
                heads,
                width / heads,
                feedForward,
                CONTEXT,
                ROPE_THETA,
                NORM_EPSILON,
                WordVocabulary.MASK,
                Set.of(WordVocabulary.END),
                Set.of());
    }
}
