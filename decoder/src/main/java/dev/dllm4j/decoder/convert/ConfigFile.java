package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.Shown;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** A checkpoint's JSON of named values. A value that is missing or odd is named together with what was expected. */
final class ConfigFile {
    private final Path path;
    private final ObjectNode fields;

    private ConfigFile(Path path, ObjectNode fields) {
        this.path = path;
        this.fields = fields;
    }

    static ConfigFile read(Path path) {
        return new ConfigFile(path, JsonFile.read(path));
    }

    /** The file's values, or none where the file is absent. */
    static ConfigFile readIfPresent(Path path) {
        return ReadableFile.exists(path) ? read(path) : new ConfigFile(path, JsonFile.MAPPER.createObjectNode());
    }

    Path path() {
        return path;
    }

    /** Whether a field is there and not null. */
    boolean has(String field) {
        return fields.hasNonNull(field);
    }

    String text(String field) {
        JsonNode value = fields.path(field);
        if (!value.isTextual()) {
            throw malformed(field, "it must be a text");
        }
        return value.asText();
    }

    int count(String field) {
        JsonNode value = fields.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw malformed(field, "it must be a positive whole number");
        }
        return value.intValue();
    }

    int count(String field, int absent) {
        return has(field) ? count(field) : absent;
    }

    double real(String field) {
        JsonNode value = fields.path(field);
        if (!value.isNumber()) {
            throw malformed(field, "it must be a number");
        }
        return value.doubleValue();
    }

    boolean flag(String field, boolean absent) {
        if (!has(field)) {
            return absent;
        }
        JsonNode value = fields.path(field);
        if (!value.isBoolean()) {
            throw malformed(field, "it must be true or false");
        }
        return value.booleanValue();
    }

    /** Token ids: one, a list in its order, or none where the field is absent. */
    Set<Integer> ids(String field) {
        Set<Integer> ids = new LinkedHashSet<>();
        if (has(field)) {
            JsonNode value = fields.path(field);
            for (JsonNode id :
                    value.isArray() ? value : JsonFile.MAPPER.createArrayNode().add(value)) {
                if (!id.isIntegralNumber() || !id.canConvertToInt()) {
                    throw malformed(field, "it must be a token id or a list of them");
                }
                ids.add(id.intValue());
            }
        }
        return ids;
    }

    /** Refuses a switch that changes the computation, unless it is where this engine computes it. */
    void requireIfPresent(String field, Object supported) {
        if (has(field) && !fields.path(field).asText().equals(supported.toString())) {
            throw wrong(field, "this engine computes " + supported + " only", "choose a checkpoint that has it so");
        }
    }

    void requireAbsent(String field) {
        if (has(field)) {
            throw wrong(field, "this engine computes models without it only", "choose a checkpoint that has none");
        }
    }

    ModelException wrong(String field, String rule, String remedy) {
        String value = fields.has(field) ? Shown.of(fields.path(field)) : "missing";
        return new ModelException("%s: %s is %s; %s; %s".formatted(path, field, value, rule, remedy));
    }

    private ModelException malformed(String field, String rule) {
        return wrong(field, rule, "restore the checkpoint's own file");
    }
}
