package dev.dllm4j.decoder;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.sample.SamplingChoices;
import dev.dllm4j.decoder.spec.Bound;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a user says of how to decode: options of the command line, fields of a request, arguments of a program. What is
 * not said is the model's recipe's ({@link Decoder#resolve}).
 *
 * @param blockLength short for a window of blocks that are counted as the model counts its own
 * @param prefixReuse whether a prompt may start from rows that others with the same beginning have left
 */
public record DecodingChoices(
        Optional<Window> window,
        OptionalInt blockLength,
        Optional<UnmaskingStrategy> strategy,
        Optional<RefreshPolicy> cache,
        Optional<StopRule> stop,
        OptionalInt genLength,
        OptionalInt steps,
        SamplingChoices sampling,
        OptionalDouble guidance,
        Optional<Boolean> prefixReuse) {
    /** Nothing is said: the recipe as it is. */
    public static final DecodingChoices NONE = new DecodingChoices(
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            SamplingChoices.NONE,
            OptionalDouble.empty(),
            Optional.empty());

    /** @throws IllegalArgumentException if a value is out of its range, or window and block length contradict each other */
    public DecodingChoices {
        requireNonNull(sampling, "sampling is null; give SamplingChoices.NONE for none");
        blockLength.ifPresent(length -> requirePositive("block length", length));
        genLength.ifPresent(length -> requirePositive("gen length", length));
        steps.ifPresent(count -> requirePositive("steps", count));
        guidance.ifPresent(Bound.GUIDANCE::require);
        if (window.isPresent() && blockLength.isPresent() && !hasBlocks(window.get(), blockLength.getAsInt())) {
            throw new IllegalArgumentException("window is " + window.get() + " and block length is "
                    + blockLength.getAsInt() + "; they contradict each other, so give one of them");
        }
    }

    public DecodingChoices withWindow(Window named) {
        return new DecodingChoices(
                Optional.of(named),
                blockLength,
                strategy,
                cache,
                stop,
                genLength,
                steps,
                sampling,
                guidance,
                prefixReuse);
    }

    /** Blocks of a length, counted as the model counts its own. */
    public DecodingChoices withBlockLength(int named) {
        return new DecodingChoices(
                window,
                OptionalInt.of(named),
                strategy,
                cache,
                stop,
                genLength,
                steps,
                sampling,
                guidance,
                prefixReuse);
    }

    public DecodingChoices withStrategy(UnmaskingStrategy named) {
        return new DecodingChoices(
                window,
                blockLength,
                Optional.of(named),
                cache,
                stop,
                genLength,
                steps,
                sampling,
                guidance,
                prefixReuse);
    }

    public DecodingChoices withCache(RefreshPolicy named) {
        return new DecodingChoices(
                window,
                blockLength,
                strategy,
                Optional.of(named),
                stop,
                genLength,
                steps,
                sampling,
                guidance,
                prefixReuse);
    }

    public DecodingChoices withStop(StopRule named) {
        return new DecodingChoices(
                window,
                blockLength,
                strategy,
                cache,
                Optional.of(named),
                genLength,
                steps,
                sampling,
                guidance,
                prefixReuse);
    }

    public DecodingChoices withGenLength(int named) {
        return new DecodingChoices(
                window,
                blockLength,
                strategy,
                cache,
                stop,
                OptionalInt.of(named),
                steps,
                sampling,
                guidance,
                prefixReuse);
    }

    public DecodingChoices withSteps(int named) {
        return new DecodingChoices(
                window,
                blockLength,
                strategy,
                cache,
                stop,
                genLength,
                OptionalInt.of(named),
                sampling,
                guidance,
                prefixReuse);
    }

    public DecodingChoices withSampling(SamplingChoices named) {
        return new DecodingChoices(
                window, blockLength, strategy, cache, stop, genLength, steps, named, guidance, prefixReuse);
    }

    public DecodingChoices withGuidance(double named) {
        return new DecodingChoices(
                window,
                blockLength,
                strategy,
                cache,
                stop,
                genLength,
                steps,
                sampling,
                OptionalDouble.of(named),
                prefixReuse);
    }

    public DecodingChoices withPrefixReuse(boolean named) {
        return new DecodingChoices(
                window, blockLength, strategy, cache, stop, genLength, steps, sampling, guidance, Optional.of(named));
    }

    private static boolean hasBlocks(Window window, int length) {
        return window instanceof Blocks blocks && blocks.length() == length;
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
        }
    }
}
