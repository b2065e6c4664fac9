package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import java.util.Locale;
import java.util.Set;

/** The two bidirectional families that most tests run on, which differ in how predictions are read off. */
public enum Family {
    LLADA(false, false),
    DREAM(true, true);

    private final boolean shifted;
    private final boolean filtered;

    Family(boolean shifted, boolean filtered) {
        this.shifted = shifted;
        this.filtered = filtered;
    }

    /** The row whose logits predict a position when every position is computed. */
    public int predictorOf(int position) {
        return readout().predictorOf(position);
    }

    /** Whether confidence is read from the tempered, filtered distribution. */
    public boolean filteredConfidence() {
        return filtered;
    }

    /** The numbers of a model of the family. */
    public ModelSpec spec(
            int vocabulary,
            int hidden,
            int layers,
            int heads,
            int kvHeads,
            int headWidth,
            int feedForward,
            int context,
            double theta,
            double epsilon,
            int mask,
            Set<Integer> end,
            Set<Integer> pad) {
        return new ModelSpec(
                name().toLowerCase(Locale.ROOT),
                vocabulary,
                hidden,
                layers,
                heads,
                kvHeads,
                headWidth,
                new FeedForward.Gated(feedForward, Activation.SILU),
                context,
                new Rotary(theta, headWidth),
                new Norm(Norm.Kind.RMS, epsilon),
                0,
                new Sight.Everything(),
                readout(),
                mask,
                end,
                pad);
    }

    private Readout readout() {
        return new Readout(shifted, filtered);
    }
}
