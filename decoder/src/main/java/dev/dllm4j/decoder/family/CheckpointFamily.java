package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A family of models: how it writes its config.json, and what it calls its tensors. Immutable. */
public interface CheckpointFamily {
    /** By what {@link ModelSpec#family} names it; also its {@code model_type}, in lower case. */
    String name();

    /** Classes that {@code architectures} of its config.json names. */
    Set<String> architectures();

    /** What of it is supported, in a line, for messages. */
    String supported();

    /**
     * Reads the numbers, and refuses every setting that the engine does not compute.
     *
     * @param folder of the checkpoint
     * @param options which the family refuses where they say nothing of it
     */
    HfConfig read(Path folder, ConfigFile config, FamilyOptions options);

    /** Keys that its authors or later tools write, which change no number of a forward; those common to all are not here. */
    Set<String> inert();

    /** Every weight of a model, in the order it is stored: embedding, layer by layer, final norm, head. */
    List<WeightSlot> names(ModelSpec spec);

    /** How its authors decode a model of these numbers. */
    Recipe recipe(ModelSpec spec);
}
