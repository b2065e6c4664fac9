package dev.dllm4j.cli;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to decode, but for strategy and cache, of which an evaluation takes several. */
final class DecodingOptions {
    @Option(
            names = "--window",
            paramLabel = "SPEC",
            description =
                    "Masks that may commit now: blocks(32), leftmost(16) or all. Default blocks(32), with the elastic cache leftmost(16).")
    private @Nullable Window window;

    @Option(names = "--block-length", paramLabel = "N", description = "Short for --window 'blocks(N)'.")
    private @Nullable Integer blockLength;

    @Option(
            names = "--stop",
            paramLabel = "SPEC",
            description = "Where the text ends: eot, eotp, eos-freeze or full. Default eot.")
    private @Nullable StopRule stop;

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions to decode. Default 128.")
    private @Nullable Integer genLength;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Forwards that a fixed schedule spreads over them. Default: as many as positions.")
    private @Nullable Integer steps;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 takes the best token, above 0 draws one. Default 0.")
    private double temperature = DecodingConfig.DEFAULT.sampling().temperature();

    @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K best tokens; 0 for all. Default 0.")
    private int topK = DecodingConfig.DEFAULT.sampling().topK();

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the best tokens that together exceed probability P. Default 1.")
    private double topP = DecodingConfig.DEFAULT.sampling().topP();

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
    private double guidance = DecodingConfig.DEFAULT.guidance().scale();

    @Option(
            names = "--prefix-reuse",
            description =
                    "Start from the rows that earlier questions with the same beginning have left, unless they have drifted; with the elastic cache. Default off.")
    private boolean prefixReuse;

    /** @throws IllegalArgumentException if the values do not go together */
    DecodingConfig config(UnmaskingStrategy strategy, RefreshPolicy cache) {
        return config(
                strategy,
                cache,
                DecodingConfig.DEFAULT,
                genLength == null ? DecodingConfig.DEFAULT.genLength() : genLength);
    }

    /**
     * For text with slots.
     *
     * @param length positions of the text
     * @throws IllegalArgumentException if the values do not go together
     */
    DecodingConfig infill(UnmaskingStrategy strategy, RefreshPolicy cache, int length) {
        if (genLength != null) {
            throw new IllegalArgumentException(
                    "--gen-length is " + genLength + "; the text of --infill has a length of its own, so leave it out");
        }
        return config(strategy, cache, DecodingConfig.INFILL, length);
    }

    private DecodingConfig config(
            UnmaskingStrategy strategy, RefreshPolicy cache, DecodingConfig defaults, int positions) {
        return new DecodingConfig(
                window(cache, defaults.window()),
                strategy,
                prefixReuse ? CacheSpec.reusingPrefixes(cache) : cache,
                stop == null ? defaults.stop() : stop,
                positions,
                steps == null ? positions : steps,
                new Sampling(temperature, topK, topP, seed(), forbidPads),
                new Guidance(guidance));
    }

    private Window window(RefreshPolicy cache, Window otherwise) {
        if (blockLength == null) {
            return window == null ? CacheSpec.window(cache, otherwise) : window;
        }
        Blocks blocks = new Blocks(blockLength);
        if (window != null && !window.equals(blocks)) {
            throw new IllegalArgumentException("--window is " + window + " and --block-length is " + blockLength
                    + "; they contradict each other, so give one of them");
        }
        return blocks;
    }

    private long seed() {
        if (seed != null) {
            return seed;
        }
        return temperature == 0
                ? DecodingConfig.DEFAULT.sampling().seed()
                : ThreadLocalRandom.current().nextInt(1 << 30);
    }
}
