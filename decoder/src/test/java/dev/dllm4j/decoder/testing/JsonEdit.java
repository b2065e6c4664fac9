package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Changes the JSON of a file in place. */
public final class JsonEdit {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonEdit() {}

    /** Changes the object that a file holds. */
    public static void change(Path file, Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
        change.accept(json);
        JSON.writeValue(file.toFile(), json);
    }
}
