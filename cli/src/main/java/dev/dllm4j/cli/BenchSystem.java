package dev.dllm4j.cli;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * A model and how it decodes, under a name.
 *
 * @param model as the user named it
 * @param choices without rows of other questions: a recipe's cache may have them
 */
record BenchSystem(String name, String model, DecodingChoices choices) {
    /** What stands after the name. */
    @CommandLine.Command(name = "--system")
    private static final class Options {
        @Option(names = "--model")
        private String model = "";

        @Option(names = "--strategy")
        private @Nullable UnmaskingStrategy strategy;

        @Option(names = "--cache")
        private @Nullable RefreshPolicy cache;

        @Mixin
        private final DecodingOptions decoding = new DecodingOptions();
    }

    /**
     * Reads {@code NAME: OPTIONS}.
     *
     * @param defaultModel where the options name none
     */
    static BenchSystem parse(String text, String defaultModel) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("system is " + text
                    + "; it must be a name, a colon and options of eval, e.g. \"plain: --strategy schedule\"");
        }
        String name = text.substring(0, colon).strip();
        String[] words = Arrays.stream(text.substring(colon + 1).strip().split("\\s+", -1))
                .filter(word -> !word.isEmpty())
                .toArray(String[]::new);
        Options options = new Options();
        try {
            Main.register(new CommandLine(options)).parseArgs(words);
        } catch (ParameterException e) {
            throw new IllegalArgumentException("system " + name + ": " + e.getMessage(), e);
        }
        Optional<RefreshPolicy> cache = Optional.ofNullable(options.cache);
        DecodingChoices choices = options.decoding.choices(Optional.ofNullable(options.strategy), cache);
        boolean asked = options.cache instanceof ElasticCache elastic && elastic.reusesPrefixes();
        if (asked || choices.prefixReuse().orElse(false)) {
            throw new IllegalArgumentException("system " + name
                    + " has --prefix-reuse; every round asks the same questions and would start from the last one's"
                    + " rows, so leave it out");
        }
        return new BenchSystem(
                name, options.model.isEmpty() ? defaultModel : options.model, choices.withPrefixReuse(false));
    }
}
