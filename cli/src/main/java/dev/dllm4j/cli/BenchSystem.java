package dev.dllm4j.cli;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * A model and how it decodes, under a name.
 *
 * @param model as the user named it
 */
record BenchSystem(String name, String model, DecodingConfig config) {
    /** What stands behind the name. */
    @CommandLine.Command(name = "--system")
    private static final class Options {
        @Option(names = "--model")
        private String model = "";

        @Option(names = "--strategy")
        private UnmaskingStrategy strategy = DecodingConfig.DEFAULT.strategy();

        @Option(names = "--cache")
        private RefreshPolicy cache = DecodingConfig.DEFAULT.cache();

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
        DecodingConfig asked = options.decoding.config(options.strategy, options.cache);
        DecodingConfig config = asked.withCache(CacheSpec.withoutExactReuse(asked.cache()));
        if (config.cache().reusesPrefixes()) {
            throw new IllegalArgumentException("system " + name
                    + " has --prefix-reuse; every round asks the same questions and would start from the last one's"
                    + " rows, so leave it out");
        }
        return new BenchSystem(name, options.model.isEmpty() ? defaultModel : options.model, config);
    }
}
