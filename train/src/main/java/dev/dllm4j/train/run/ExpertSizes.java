package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.Router;

/**
 * How many experts a layer has in place of one feed-forward part.
 *
 * @param count experts of a layer
 * @param active experts that a row runs through
 * @param width inner width of an expert
 */
public record ExpertSizes(int count, int active, int width) {
    /** More would have too few rows of a batch each to learn from. */
    private static final int MOST = 256;

    public ExpertSizes {
        require(count >= 2 && count <= MOST, "experts is " + count, "it must be within [2, " + MOST + "]");
        require(
                active >= 1 && active <= count,
                "active is " + active,
                "it must be within [1, " + count + "], the number of experts");
        require(width >= 1, "expert width is " + width, "it must be at least 1");
    }

    /** Experts of which the active ones together are as wide as one part would be, or a little wider. */
    public static ExpertSizes asWideAs(int feedForward, int count, int active) {
        int parts = Math.max(1, active);
        return new ExpertSizes(count, active, (feedForward + parts - 1) / parts);
    }

    Experts feedForward() {
        return new Experts(count, active, width, 0, 0, 0, new Router.Softmax(false));
    }

    private static void require(boolean holds, String value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(value + "; " + rule);
        }
    }
}
