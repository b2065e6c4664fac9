package dev.dllm4j.decoder.checkpoint;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.file.Path;

/** Reads JSON files of checkpoints and model folders; what does not parse is named with its place. */
public final class JsonFile {
    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private static final ObjectReader WHOLE_FILES =
            MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** Of a file that is read into a tree; the largest vocabularies have a third of it. */
    private static final int MOST_BYTES = 32 << 20;

    private JsonFile() {}

    public static ObjectNode read(Path file) {
        try {
            if (WHOLE_FILES.readTree(ReadableFile.bytes(file, MOST_BYTES)) instanceof ObjectNode object) {
                return object;
            }
            throw malformed(file, "it holds no JSON object");
        } catch (JsonProcessingException e) {
            throw malformed(file, e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    /** Whether a name read from JSON can only mean a file of the same folder. */
    public static boolean namesSibling(String name) {
        return !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(letter -> letter == '/' || letter == '\\' || letter == ':' || letter < ' ');
    }

    public static ModelException malformed(Path file, JsonProcessingException e) {
        JsonLocation place = e.getLocation();
        String where = place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
        String reason = Quote.content(e.getOriginalMessage().lines().findFirst().orElse(""));
        return malformed(file, reason.replaceFirst(" \\(start marker.*", "") + where);
    }

    public static ModelException malformed(Path file, String reason) {
        return new ModelException(
                file + " is not valid JSON: " + reason + "; correct it, or copy it again from where it came");
    }
}
