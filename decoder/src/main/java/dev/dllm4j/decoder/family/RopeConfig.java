package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Rotary settings, in the spelling of transformers 4 ({@code rope_theta} beside {@code rope_scaling}) and of 5 (both in
 * {@code rope_parameters}). Plain rotation of whole heads is supported; what scales, stretches or narrows it is refused.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">{@code
 *     RotaryEmbeddingConfigMixin}</a>
 */
final class RopeConfig {
    private static final String THETA = "rope_theta";

    private RopeConfig() {}

    /**
     * The base of the rotary frequencies. As in transformers 5.24, {@code rope_scaling} that is not empty hides
     * {@code rope_parameters}, and a base inside goes before the one beside it.
     */
    static double theta(ConfigFile config) {
        config.requireIfPresent("partial_rotary_factor", 1);
        config.requireIfPresent("rope_scaling_factor", 1);
        List<ConfigFile> settings = Stream.of("rope_scaling", "rope_parameters")
                .map(config::object)
                .filter(object -> !object.isEmpty())
                .toList();
        settings.forEach(RopeConfig::requirePlain);
        boolean inside = !settings.isEmpty() && settings.get(0).has(THETA);
        boolean beside = config.has(THETA);
        return (inside || (!beside && !settings.isEmpty()) ? settings.get(0) : config).real(THETA);
    }

    private static void requirePlain(ConfigFile rope) {
        rope.requireIfPresent("rope_type", "default");
        rope.requireIfPresent("type", "default");
        rope.requireIfPresent("factor", 1);
        rope.requireIfPresent("partial_rotary_factor", 1);
        rope.requireKnown(Set.of(THETA));
    }
}
