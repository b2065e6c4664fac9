package dev.dllm4j.train;

import dev.dllm4j.train.run.ExpertSizes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Experts in place of a layer's feed-forward part. */
final class ExpertOptions {
    private static final int ACTIVE = 2;

    @Option(
            names = "--experts",
            paramLabel = "N",
            description = "Experts of a layer, as in LLaDA-MoE, in place of one feed-forward part.")
    private @Nullable Integer count;

    @Option(
            names = "--active",
            paramLabel = "K",
            description = "Experts that a row runs through. Default " + ACTIVE + ".")
    private @Nullable Integer active;

    @Option(
            names = "--expert-width",
            paramLabel = "N",
            description = "Inner width of an expert. Default --feed-forward / --active.")
    private @Nullable Integer width;

    /** What was asked for, if anything was. */
    Optional<ExpertSizes> sizes(int feedForward) {
        if (count == null) {
            requireAbsent("active", active);
            requireAbsent("expert width", width);
            return Optional.empty();
        }
        int chosen = active == null ? ACTIVE : active;
        return Optional.of(
                width == null
                        ? ExpertSizes.asWideAs(feedForward, count, chosen)
                        : new ExpertSizes(count, chosen, width));
    }

    private static void requireAbsent(String name, @Nullable Integer value) {
        if (value != null) {
            throw new IllegalArgumentException(name + " is " + value
                    + "; only a model with experts has such a number, give --experts or leave it out");
        }
    }
}
