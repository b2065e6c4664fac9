package dev.dllm4j.decoder;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RefreshPolicy.Keeps;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.EndOfText;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;

/**
 * How a sequence is decoded. Window, strategy, cache and stop rule are chosen independently; a set that makes no sense
 * together is refused here with the remedy.
 *
 * @param genLength positions to decode
 * @param steps forwards that a fixed schedule spreads over the gen length; other strategies take as many as they need
 */
public record DecodingConfig(
        Window window,
        UnmaskingStrategy strategy,
        RefreshPolicy cache,
        StopRule stop,
        int genLength,
        int steps,
        Sampling sampling,
        Guidance guidance) {
    /** What the command line and the server use where nothing is said. */
    public static final DecodingConfig DEFAULT = new DecodingConfig(
            new Blocks(32),
            new ConfidenceThreshold(0.9),
            new NoCache(),
            new EndOfText(),
            128,
            128,
            Sampling.GREEDY,
            Guidance.NONE);

    /** For text with slots, of any length: every mask may commit at any step, and nothing is cut off. */
    public static final DecodingConfig INFILL =
            DEFAULT.withFrame(new WholeCanvas(), 128, 128).withStop(new FullCanvas());

    public DecodingConfig {
        requireNonNull(window, "window is null; give one, e.g. new Blocks(32)");
        requireNonNull(strategy, "strategy is null; give one, e.g. new ConfidenceThreshold(0.9)");
        requireNonNull(cache, "cache is null; give one, e.g. new NoCache()");
        requireNonNull(stop, "stop is null; give one, e.g. new EndOfText()");
        requireNonNull(sampling, "sampling is null; give one, e.g. Sampling.GREEDY");
        requireNonNull(guidance, "guidance is null; give one, e.g. Guidance.NONE");
        if (guidance.given() && cache.keeps() != Keeps.NOTHING) {
            throw new IllegalArgumentException("guidance is " + guidance + " and cache " + cache
                    + "; rows are kept of one canvas and guidance runs two, so use cache none");
        }
        if (strategy.proposesTokens() && !sampling.plain()) {
            throw new IllegalArgumentException("temperature is " + sampling.temperature() + ", top-k "
                    + sampling.topK() + " and top-p " + sampling.topP() + "; " + strategy
                    + " proposes the best tokens of its own scores, so use temperature 0, top-k 0 and top-p 1");
        }
        strategy.start(plan(window, genLength, steps));
    }

    /**
     * Bound on the forwards of a decoding: one for each mask and each commit that may be taken back, the strategy's empty
     * steps, those that the cache owes, and one where a start from other prompts' rows may be refused.
     *
     * @param masks that it starts with
     */
    public long mostForwards(int masks) {
        Plan frame = plan();
        int refused = cache.reusesPrefixes() ? 1 : 0;
        return (long) masks * (1 + strategy.revisions())
                + strategy.emptySteps(frame)
                + cache.emptyForwards(frame.parts())
                + refused;
    }

    Plan plan() {
        return plan(window, genLength, steps);
    }

    /** Window, gen length and steps, which must fit each other, at once. */
    public DecodingConfig withFrame(Window otherWindow, int otherGenLength, int otherSteps) {
        return new DecodingConfig(otherWindow, strategy, cache, stop, otherGenLength, otherSteps, sampling, guidance);
    }

    public DecodingConfig withWindow(Window other) {
        return withFrame(other, genLength, steps);
    }

    public DecodingConfig withSteps(int other) {
        return withFrame(window, genLength, other);
    }

    public DecodingConfig withStrategy(UnmaskingStrategy other) {
        return new DecodingConfig(window, other, cache, stop, genLength, steps, sampling, guidance);
    }

    public DecodingConfig withCache(RefreshPolicy other) {
        return new DecodingConfig(window, strategy, other, stop, genLength, steps, sampling, guidance);
    }

    public DecodingConfig withStop(StopRule other) {
        return new DecodingConfig(window, strategy, cache, other, genLength, steps, sampling, guidance);
    }

    /** Another gen length in the same window, with as many steps as positions. */
    public DecodingConfig withGenLength(int other) {
        return withFrame(window, other, other);
    }

    public DecodingConfig withSampling(Sampling other) {
        return new DecodingConfig(window, strategy, cache, stop, genLength, steps, other, guidance);
    }

    public DecodingConfig withGuidance(Guidance other) {
        return new DecodingConfig(window, strategy, cache, stop, genLength, steps, sampling, other);
    }

    /** Guided away from a canvas that shows none of the given tokens. */
    public DecodingConfig withGuidance(double scale) {
        return withGuidance(new Guidance(scale));
    }

    private static Plan plan(Window window, int genLength, int steps) {
        return new Plan(genLength, window.parts(genLength), steps);
    }
}
