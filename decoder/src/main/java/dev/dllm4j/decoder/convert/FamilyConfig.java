package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import java.nio.file.Path;
import java.util.Set;

/** How a family of models writes its config.json. */
interface FamilyConfig {
    /** What of it the family supports, in a line, for messages. */
    String supported();

    /**
     * Reads the numbers, and refuses every setting that the engine does not compute.
     *
     * @param folder of the checkpoint
     */
    HfConfig read(Path folder, ConfigFile config);

    /** Keys that its authors or later tools write, which change no number of a forward; those common to all are not here. */
    Set<String> inert();
}
