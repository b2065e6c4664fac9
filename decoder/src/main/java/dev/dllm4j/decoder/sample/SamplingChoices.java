package dev.dllm4j.decoder.sample;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.spec.Bound;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a user says of how tokens are proposed; see {@link Sampling} for the values.
 *
 * @param forbidPads whether padding is never proposed
 * @param bias what is added to the logits of tokens, by id
 */
public record SamplingChoices(
        OptionalDouble temperature,
        OptionalInt topK,
        OptionalDouble topP,
        OptionalLong seed,
        boolean forbidPads,
        Map<Integer, Float> bias) {
    /** Nothing is said. */
    public static final SamplingChoices NONE = new SamplingChoices(
            OptionalDouble.empty(), OptionalInt.empty(), OptionalDouble.empty(), OptionalLong.empty(), false, Map.of());

    public SamplingChoices {
        requireNonNull(temperature, "temperature is null; give OptionalDouble.empty() for none");
        requireNonNull(topK, "topK is null; give OptionalInt.empty() for none");
        requireNonNull(topP, "topP is null; give OptionalDouble.empty() for none");
        requireNonNull(seed, "seed is null; give OptionalLong.empty() for none");
        temperature.ifPresent(Bound.TEMPERATURE::require);
        topP.ifPresent(Bound.TOP_P::require);
        bias = Map.copyOf(bias);
    }

    /** What is not said is greedy; a temperature without a seed draws a new one. */
    public Sampling sampling() {
        Sampling greedy = Sampling.GREEDY;
        double warmth = temperature.orElse(greedy.temperature());
        long drawn = seed.orElseGet(
                () -> warmth == 0 ? greedy.seed() : ThreadLocalRandom.current().nextInt(1 << 30));
        return new Sampling(
                warmth, topK.orElse(greedy.topK()), topP.orElse(greedy.topP()), drawn, forbidPads, false, bias);
    }
}
