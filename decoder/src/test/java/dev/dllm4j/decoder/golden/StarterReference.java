package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;

/** The bundled starter model, and what LLaDA's own code made of it; {@code reference/starter.py} wrote that. */
public final class StarterReference {
    private StarterReference() {}

    /** The checkpoint, as it lies in the project. */
    public static Path checkpoint() {
        return GoldenFolder.projectRoot().resolve("models/src/main/resources/dev/dllm4j/models/starter");
    }

    /** {@code input_ids} with {@code argmax} and {@code logits_row_last}, and {@code plain_decodes}. */
    public static JsonNode read() throws IOException {
        return new ObjectMapper()
                .readTree(GoldenFolder.projectRoot()
                        .resolve("reference/starter.json")
                        .toFile());
    }
}
