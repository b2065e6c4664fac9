package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.family.FamilyOptions;
import java.util.Set;

/**
 * How a checkpoint is converted.
 *
 * @param weights what becomes of matrices and embeddings; norms and biases, a few kilobytes, stay float32
 * @param ignoredKeys of config.json, which is read as if it did not have them; {@code outer.inner} for one in an object
 * @param template which chat template the model folder gets
 * @param stated what goes before what the checkpoint's files say of the model, or is not in them
 */
public record ConvertOptions(
        WeightType weights, Set<String> ignoredKeys, TemplateChoice template, FamilyOptions stated) {
    public ConvertOptions {
        requireNonNull(weights, "weights is null; give a type, e.g. WeightType.F32");
        requireNonNull(template, "template is null; give one, e.g. TemplateChoice.Own");
        requireNonNull(stated, "stated is null; give FamilyOptions.NONE for nothing");
        ignoredKeys = Set.copyOf(requireNonNull(ignoredKeys, "ignoredKeys is null; give Set.of() for none"));
    }

    /** As the checkpoint's files say. */
    public ConvertOptions(WeightType weights, Set<String> ignoredKeys, TemplateChoice template) {
        this(weights, ignoredKeys, template, FamilyOptions.NONE);
    }

    /** With every key of config.json, and the checkpoint's own template. */
    public ConvertOptions(WeightType weights) {
        this(weights, Set.of(), new TemplateChoice.Own());
    }

    /** Float32, the type that the CPU multiplies in. */
    public static ConvertOptions defaults() {
        return new ConvertOptions(WeightType.F32);
    }
}
