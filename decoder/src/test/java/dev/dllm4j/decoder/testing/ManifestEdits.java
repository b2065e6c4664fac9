package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.model.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** What a converted model's {@code dllm4j.json} says, in other words. */
public final class ManifestEdits {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ManifestEdits() {}

    /** Gives a model another recipe; returns its folder. */
    public static Path recipe(Path model, Recipe recipe) {
        return edit(model, json -> json.set("recipe", JSON.valueToTree(recipe)));
    }

    /** Lets a model see blocks of a length from the canvas's start; returns its folder. */
    public static Path blocks(Path model, int length) {
        return edit(model, json -> ((ObjectNode) json.get("model"))
                .putObject("sight")
                .put("kind", "block-causal")
                .put("length", length)
                .put("origin", "START"));
    }

    private static Path edit(Path model, Consumer<ObjectNode> change) {
        Path file = model.resolve("dllm4j.json");
        try {
            ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
            change.accept(json);
            JSON.writeValue(file.toFile(), json);
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
