package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Optional;
import java.util.Set;

/**
 * How large a model is.
 *
 * @param width of a hidden row; a multiple of twice the heads
 * @param layers transformer blocks
 * @param heads attention heads
 * @param feedForward inner width of the gated feed-forward part
 * @param experts in place of that part; empty for the experts of the checkpoint that a run goes on from, where it does
 *     and that has any, and else for none
 */
public record StarterSizes(int width, int layers, int heads, int feedForward, Optional<ExpertSizes> experts) {
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

    /** Without experts of its own. */
    public StarterSizes(int width, int layers, int heads, int feedForward) {
        this(width, layers, heads, feedForward, Optional.empty());
    }

    /** A model of these sizes. */
    ModelSpec spec(int vocabulary, Sight sight) {
        return new ModelSpec(
                experts.isPresent() ? Llada.EXPERT_FAMILY : Llada.FAMILY,
                vocabulary,
                width,
                layers,
                heads,
                heads,
                width / heads,
                part(),
                CONTEXT,
                new Rotary(ROPE_THETA, width / heads),
                new Norm(Norm.Kind.RMS, NORM_EPSILON),
                0,
                sight,
                new Readout(false, false),
                WordVocabulary.MASK,
                Set.of(WordVocabulary.END),
                Set.of());
    }

    /** The same sizes with some experts, or none. */
    StarterSizes with(Optional<ExpertSizes> others) {
        return new StarterSizes(width, layers, heads, feedForward, others);
    }

    private FeedForward part() {
        return experts.isPresent() ? experts.get().feedForward() : new FeedForward.Gated(feedForward, Activation.SILU);
    }
}
