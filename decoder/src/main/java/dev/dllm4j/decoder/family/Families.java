package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Every family that is supported. */
public final class Families {
    private static final List<CheckpointFamily> ALL = List.of(
            new Llada(),
            new LladaMoe(),
            new Llada2(),
            new Dream(),
            new Sdar(),
            new FastDllm2(),
            A2d.QWEN3,
            A2d.QWEN2,
            A2d.LLAMA,
            new ModernBert());

    private Families() {}

    /**
     * The family of a checkpoint, by its architecture first, then by {@code model_type}.
     *
     * @throws ModelException where it is none of these; the line lists them
     */
    static CheckpointFamily of(ConfigFile config) {
        String supported = ALL.stream().map(CheckpointFamily::supported).collect(Collectors.joining(", "));
        Unsupported.refuse(config, supported);
        Set<String> architectures = Set.copyOf(config.texts("architectures"));
        return ALL.stream()
                .filter(family -> family.architectures().stream().anyMatch(architectures::contains))
                .findFirst()
                .or(() -> find(config.text("model_type").toLowerCase(Locale.ROOT)))
                .orElseThrow(() -> config.wrong(
                        config.has("architectures") ? "architectures" : "model_type",
                        supported + " are supported",
                        "choose such a checkpoint"));
    }

    /**
     * The family that a model's numbers name.
     *
     * @throws IllegalArgumentException where there is none of this name; the line lists those there are
     */
    public static CheckpointFamily named(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "family is \"" + Quote.content(name) + "\"; " + String.join(", ", allNames()) + " are known"));
    }

    /** Every weight of a model, in the order it is stored. */
    public static List<WeightSlot> names(ModelSpec spec) {
        return named(spec.family()).names(spec);
    }

    /** The names of all. */
    static List<String> allNames() {
        return ALL.stream().map(CheckpointFamily::name).toList();
    }

    private static Optional<CheckpointFamily> find(String name) {
        return ALL.stream().filter(family -> family.name().equals(name)).findFirst();
    }
}
