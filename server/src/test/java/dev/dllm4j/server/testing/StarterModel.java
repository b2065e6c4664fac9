package dev.dllm4j.server.testing;

import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.file.Path;

/** The bundled model, as it lies in the project. */
public final class StarterModel {
    private static final Path CHECKPOINT = Path.of(System.getProperty("dllm4j.root", ".."))
            .resolve("models/src/main/resources/dev/dllm4j/models/starter");

    private StarterModel() {}

    /** Converts it into a folder. */
    public static Path convert(Path folder) {
        return TinyModels.convert(folder, CHECKPOINT);
    }

    /** Its test questions, one JSON object a line. */
    public static Path questions() {
        return CHECKPOINT.resolve("test.jsonl");
    }
}
