package dev.dllm4j.decoder;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RefreshPolicy.Keeps;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.FilterSource;
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
    /** The recipe of a model that says nothing else of itself: LLaDA's blocks, each committed as it becomes sure. */
    public static final DecodingConfig DEFAULT = read(Recipe.DEFAULT);

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
        strategy.start(Plan.of(window, genLength, steps));
    }

    /**
     * Reads a model's recipe, which may be a stranger's: its SPECs open no file.
     *
     * @throws IllegalArgumentException if a SPEC is none, or they do not go together or with the model
     */
    public static DecodingConfig of(Recipe recipe, ModelSpec spec) {
        DecodingConfig config = read(recipe);
        BlockFit.require(config, spec);
        return config;
    }

    private static DecodingConfig read(Recipe recipe) {
        return new DecodingConfig(
                Window.parse(recipe.window()),
                UnmaskingStrategy.parse(recipe.strategy(), FilterSource.NONE),
                CacheSpec.parse(recipe.cache()),
                StopRule.parse(recipe.stop()),
                recipe.genLength(),
                recipe.steps(),
                Sampling.GREEDY,
                Guidance.NONE);
    }

    /**
     * How to decode, from what a user says and, where nothing is said, the model's recipe. A value of the recipe that
     * does not go with what the user says gives way to a default that does.
     *
     * @param recipe of the model
     * @throws IllegalArgumentException if what the user says does not go together, or not with the model
     */
    public static DecodingConfig resolve(DecodingChoices choices, DecodingConfig recipe, ModelSpec spec) {
        return new Resolution(choices, recipe, spec, false).config();
    }

    /**
     * As {@link #resolve}, for text with slots: nothing is cut off, and every mask may commit at any step unless the model
     * sees block by block.
     *
     * @param length positions of the text
     * @throws IllegalArgumentException if what the user says does not go together, or not with the model
     */
    public static DecodingConfig resolveInfill(
            DecodingChoices choices, int length, DecodingConfig recipe, ModelSpec spec) {
        return new Resolution(choices.withGenLength(length), recipe, spec, true).config();
    }

    /**
     * Bound on the forwards of a decoding: one for each mask and each commit that may be taken back, the strategy's empty
     * steps and those in which it edits filled parts, and those of the cache that decode nothing.
     */
    public long mostForwards(Draft draft, SequenceShape shape) {
        Plan frame = plan();
        int takenBack = Math.multiplyExact(draft.masks(), strategy.revisions());
        return (long) draft.masks()
                + takenBack
                + strategy.emptySteps(frame)
                + postSteps(draft)
                + cache.emptyForwards(shape, frame.parts(), takenBack);
    }

    /** Most forwards of a decoding in which a filled part is held open. A part is filled once a piece of a growing canvas. */
    long postSteps(Draft draft) {
        return (plan().parts() + draft.pieces() - 1L) * strategy.postSteps();
    }

    Plan plan() {
        return Plan.of(window, genLength, steps);
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
}
