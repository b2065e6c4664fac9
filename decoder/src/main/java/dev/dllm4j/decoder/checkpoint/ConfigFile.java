package dev.dllm4j.decoder.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A checkpoint's JSON of named values. A value that is missing or odd is named together with what was expected; what
 * nobody asked for can be asked for at the end. One thread.
 */
public final class ConfigFile {
    private final Path path;
    /** The outer fields' names, each with a dot, as messages show a field of an object; empty for the file's own. */
    private final String prefix;

    private final ObjectNode fields;
    private final Set<String> known = new HashSet<>();

    private ConfigFile(Path path, String prefix, ObjectNode fields) {
        this.path = path;
        this.prefix = prefix;
        this.fields = fields;
    }

    public static ConfigFile read(Path path) {
        return new ConfigFile(path, "", JsonFile.read(path));
    }

    /** The file's values, or none where the file is absent. */
    public static ConfigFile readIfPresent(Path path) {
        return ReadableFile.exists(path) ? read(path) : new ConfigFile(path, "", JsonFile.MAPPER.createObjectNode());
    }

    /** The same as if the file had no such fields; one inside an object is named {@code outer.inner}. */
    public ConfigFile without(Set<String> names) {
        ObjectNode rest = fields.deepCopy();
        for (String name : names) {
            rest.remove(name);
            int dot = name.indexOf('.');
            if (dot > 0 && rest.get(name.substring(0, dot)) instanceof ObjectNode outer) {
                outer.remove(name.substring(dot + 1));
            }
        }
        return new ConfigFile(path, prefix, rest);
    }

    public Path path() {
        return path;
    }

    /** Whether a field is there and not null. */
    public boolean has(String field) {
        return !value(field).isNull() && !value(field).isMissingNode();
    }

    /** The fields of an object; none where it is absent. */
    public ConfigFile object(String field) {
        JsonNode value = has(field) ? value(field) : JsonFile.MAPPER.createObjectNode();
        if (value instanceof ObjectNode object) {
            return new ConfigFile(path, prefix + field + ".", object);
        }
        throw malformed(field, "it must be an object");
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }

    public String text(String field) {
        JsonNode value = value(field);
        if (!value.isTextual()) {
            throw malformed(field, "it must be a text");
        }
        return value.asText();
    }

    /** A list's texts; none where the field is absent. */
    public List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        if (has(field)) {
            for (JsonNode text : value(field).isArray() ? value(field) : List.of(value(field))) {
                if (!text.isTextual()) {
                    throw malformed(field, "it must be a list of texts");
                }
                texts.add(text.asText());
            }
        }
        return texts;
    }

    public int count(String field) {
        JsonNode value = value(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw malformed(field, "it must be a positive whole number");
        }
        return value.intValue();
    }

    public int count(String field, int absent) {
        return has(field) ? count(field) : absent;
    }

    /** A number of things of which there may be none. */
    public int countOrNone(String field) {
        if (!has(field)) {
            return 0;
        }
        JsonNode value = value(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw malformed(field, "it must be a whole number of at least 0");
        }
        return value.intValue();
    }

    /** A list's whole numbers; none where the field is absent. */
    public List<Integer> wholeNumbers(String field) {
        List<Integer> numbers = new ArrayList<>();
        if (has(field)) {
            for (JsonNode number : value(field).isArray() ? value(field) : List.of(value(field))) {
                if (!number.isIntegralNumber() || !number.canConvertToInt()) {
                    throw malformed(field, "it must be a list of whole numbers");
                }
                numbers.add(number.intValue());
            }
        }
        return numbers;
    }

    public double real(String field, double absent) {
        return has(field) ? real(field) : absent;
    }

    public double real(String field) {
        JsonNode value = value(field);
        if (!value.isNumber()) {
            throw malformed(field, "it must be a number");
        }
        return value.doubleValue();
    }

    public boolean flag(String field, boolean absent) {
        if (!has(field)) {
            return absent;
        }
        JsonNode value = value(field);
        if (!value.isBoolean()) {
            throw malformed(field, "it must be true or false");
        }
        return value.booleanValue();
    }

    /** Token ids: one, a list in its order, or none where the field is absent. */
    public Set<Integer> ids(String field) {
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

    /** Refuses a setting that changes the computation, unless it is what this engine computes: a flag, number or text. */
    public void requireIfPresent(String field, Object supported) {
        if (has(field) && !equal(value(field), supported)) {
            throw wrong(
                    field,
                    "this engine computes " + supported + " only",
                    "choose a checkpoint that has it so, or " + ignoring(field) + " where nothing depends on it");
        }
    }

    /** Refuses a setting of any value but null, false, or an empty list or object. */
    public void requireAbsent(String field, String rule, String remedy) {
        JsonNode value = value(field);
        boolean off = value.isBoolean() ? !value.booleanValue() : value.isContainerNode() && value.isEmpty();
        if (has(field) && !off) {
            throw wrong(field, rule, remedy);
        }
    }

    /**
     * Refuses what nobody asked for: a key that no one here knows may change what the model computes. Null says nothing.
     *
     * @param inert names that are known to change nothing
     */
    public void requireKnown(Set<String> inert) {
        List<String> unknown = new ArrayList<>();
        for (String name : (Iterable<String>) fields::fieldNames) {
            if (!known.contains(name) && !inert.contains(name) && has(name)) {
                unknown.add(name);
            }
        }
        if (!unknown.isEmpty()) {
            String first = unknown.get(0);
            String others = unknown.size() == 1
                    ? ""
                    : " (unknown, too: " + Quote.content(String.join(", ", unknown.subList(1, unknown.size()))) + ")";
            throw wrong(
                    first,
                    "what this key changes is not known here" + others,
                    "where it changes no result, remove it, or go on with " + ignoring(first));
        }
    }

    public ModelException wrong(String field, String rule, String remedy) {
        String value = fields.has(field) ? Quote.content(fields.path(field)) : "missing";
        return new ModelException(
                "%s: %s is %s; %s; %s".formatted(path, Quote.content(prefix + field), value, rule, remedy));
    }

    private ModelException malformed(String field, String rule) {
        return wrong(
                field,
                rule,
                fields.has(field)
                        ? "correct it"
                        : "add it, or choose a checkpoint whose " + path.getFileName() + " has it");
    }

    private String ignoring(String field) {
        return "--ignore-config " + Quote.content(prefix + field);
    }

    private JsonNode value(String field) {
        known.add(field);
        return fields.path(field);
    }

    private static boolean equal(JsonNode value, Object supported) {
        return supported instanceof Number number
                ? value.isNumber() && value.doubleValue() == number.doubleValue()
                : value.isValueNode() && value.asText().equals(supported.toString());
    }
}
