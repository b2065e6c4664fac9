package dev.dllm4j.cli;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.sample.SamplingChoices;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to decode, but for strategy and cache, of which an evaluation takes several. */
final class DecodingOptions {
    @Option(
            names = "--window",
            paramLabel = "SPEC",
            description =
                    "Masks that may commit now: blocks(32), blocks(4,from=start), leftmost(16) or all. Default: the model's recipe, with the elastic cache leftmost(16).")
    private @Nullable Window window;

    @Option(
            names = "--block-length",
            paramLabel = "N",
            description = "Short for --window 'blocks(N)', counted as the model counts its own blocks.")
    private @Nullable Integer blockLength;

    @Option(
            names = "--stop",
            paramLabel = "SPEC",
            description =
                    "Where the text ends: eot, eot(when=block), eotp, eos-freeze or full. Default: the model's recipe.")
    private @Nullable StopRule stop;

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions to decode. Default: the model's recipe.")
    private @Nullable Integer genLength;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Forwards that a fixed schedule spreads over them. Default: as many as positions of --gen-length, else the model's recipe.")
    private @Nullable Integer steps;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 takes the best token, above 0 draws one. Default 0.")
    private @Nullable Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K best tokens; 0 for all. Default 0.")
    private @Nullable Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the best tokens that together exceed probability P. Default 1.")
    private @Nullable Double topP;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of all random choices. Default 0, or with a temperature a new one, which --json shows.")
    private @Nullable Long seed;

    @Option(
            names = "--forbid-pads",
            description = "Never propose padding, for models with padding of its own (rainbow).")
    private boolean forbidPads;

    @Option(names = "--guidance", paramLabel = "W", description = "Classifier-free guidance scale. Default 0, none.")
    private @Nullable Double guidance;

    @Option(
            names = "--prefix-reuse",
            description =
                    "Start from the rows that earlier questions with the same beginning have left, unless they have"
                            + " drifted; with the elastic cache, where it is off by default. With blocks it is on"
                            + " and exact.")
    private boolean prefixReuse;

    /**
     * What was said, before the model is known.
     *
     * @param strategy absent where none is named
     * @param cache absent where none is named
     * @throws IllegalArgumentException if a value is out of its range, or two contradict each other
     */
    DecodingChoices choices(Optional<UnmaskingStrategy> strategy, Optional<RefreshPolicy> cache) {
        return new DecodingChoices(
                Optional.ofNullable(window),
                optional(blockLength),
                strategy,
                cache,
                Optional.ofNullable(stop),
                optional(genLength),
                optional(steps),
                new SamplingChoices(
                        optional(temperature),
                        optional(topK),
                        optional(topP),
                        seed == null ? OptionalLong.empty() : OptionalLong.of(seed),
                        forbidPads,
                        Map.of()),
                optional(guidance),
                prefixReuse ? Optional.of(true) : Optional.empty());
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
