package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.Rotary;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Rotary settings, in the spelling of transformers 4 ({@code rope_theta} beside {@code rope_scaling}) and of 5 (both in
 * {@code rope_parameters}). Plain rotation is supported; what scales or stretches it is refused, and what narrows it where a
 * family has none of it.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">{@code
 *     RotaryEmbeddingConfigMixin}</a>
 */
final class RopeConfig {
    private static final String THETA = "rope_theta";
    private static final String PARTIAL = "partial_rotary_factor";

    private RopeConfig() {}

    /**
     * The base of the rotary frequencies. As in transformers 5.24, {@code rope_scaling} that is not empty hides
     * {@code rope_parameters}, and a base inside goes before the one beside it.
     */
    static double theta(ConfigFile config) {
        config.requireIfPresent(PARTIAL, 1);
        return base(config);
    }

    /** The rotation of the leading part of each head that {@code partial_rotary_factor} says. */
    static Rotary partial(ConfigFile config, int headWidth) {
        double share = config.real(PARTIAL, 1);
        int width = (int) (headWidth * share);
        if (!(share > 0 && share <= 1) || width < 2 || width % 2 != 0) {
            throw config.wrong(
                    PARTIAL,
                    "of a head's " + headWidth + " numbers it must rotate 2 or more, an even number",
                    "correct it, or choose another checkpoint");
        }
        return new Rotary(base(config), width);
    }

    private static double base(ConfigFile config) {
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

    /**
     * The bases of layers that see everything and of those that see what is near: {@code global_rope_theta} and {@code
     * local_rope_theta} in transformers 4, an object of {@code rope_parameters} for each kind of layer in 5.
     *
     * @param width of a head
     */
    static Rotary globalAndLocal(ConfigFile config, int width) {
        config.requireAbsent("rope_scaling", "scaled positions are not supported", "choose another checkpoint");
        ConfigFile kinds = config.object("rope_parameters");
        double global = theta(kinds.object("full_attention"), config, "global_rope_theta", 160_000);
        double local = theta(kinds.object("sliding_attention"), config, "local_rope_theta", 10_000);
        kinds.requireKnown(Set.of());
        return new Rotary(global, local, width);
    }

    private static double theta(ConfigFile inside, ConfigFile beside, String name, double absent) {
        requirePlain(inside);
        boolean named = beside.has(name);
        if (inside.has(THETA)) {
            return inside.real(THETA);
        }
        return named ? beside.real(name) : absent;
    }

    private static void requirePlain(ConfigFile rope) {
        rope.requireIfPresent("rope_type", "default");
        rope.requireIfPresent("type", "default");
        rope.requireIfPresent("factor", 1);
        rope.requireIfPresent(PARTIAL, 1);
        rope.requireKnown(Set.of(THETA));
    }
}
