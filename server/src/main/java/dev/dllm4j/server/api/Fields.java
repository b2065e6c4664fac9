package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.spec.Bound;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of a JSON object, taken one by one; what is left at the {@link #end} is unknown. A field that is null is
 * taken as absent. Mutable, confined to one thread.
 */
final class Fields {
    private final ObjectNode object;
    /** Of the object in the request, with a dot at its end; empty for the request itself. */
    private final String path;

    private final Warnings warnings;
    private final Set<String> known = new LinkedHashSet<>();
    /** Those of the known ones that do nothing. */
    private final Set<String> idle = new HashSet<>();

    Fields(ObjectNode object, Warnings warnings) {
        this(object, "", warnings);
    }

    private Fields(ObjectNode object, String path, Warnings warnings) {
        this.object = object;
        this.path = path;
        this.warnings = warnings;
    }

    /** The object at a place, e.g. {@code messages[0]}. */
    Fields at(String place, JsonNode value) {
        if (value instanceof ObjectNode inner) {
            return new Fields(inner, place + ".", warnings);
        }
        throw wrong(place, value, "an object");
    }

    /** The same fields, of which none is left aside. */
    Fields strict() {
        return new Fields(object, path, new Warnings(false));
    }

    /** Of the whole request. */
    Warnings warnings() {
        return warnings;
    }

    String name(String field) {
        return path + field;
    }

    /** The value as it stands; missing if absent or null. */
    JsonNode value(String field) {
        JsonNode value = required(field);
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    /** The value of a field that cannot be absent, so that a refusal tells null from a field that is missing. */
    JsonNode required(String field) {
        known.add(field);
        return object.path(field);
    }

    /** The object's fields, in its order. */
    Iterable<String> names() {
        return object::fieldNames;
    }

    boolean has(String field) {
        return !value(field).isMissingNode();
    }

    Optional<Fields> object(String field) {
        JsonNode value = value(field);
        return value.isMissingNode() ? Optional.empty() : Optional.of(at(name(field), value));
    }

    Optional<String> text(String field) {
        JsonNode value = value(field);
        return value.isMissingNode() ? Optional.empty() : Optional.of(text(name(field), value));
    }

    Optional<Integer> integer(String field, int least, int most) {
        return wholeNumber(field, least, most).map(Math::toIntExact);
    }

    Optional<Long> wholeNumber(String field, long least, long most) {
        JsonNode value = value(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        String kind = "a whole number within [" + least + ", " + most + "]";
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name(field), value, kind);
        }
        long number = value.longValue();
        if (number < least || number > most) {
            throw wrong(name(field), value, kind);
        }
        return Optional.of(number);
    }

    Optional<Double> number(String field, Bound bound) {
        JsonNode value = value(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        double number = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!bound.holds(number)) {
            throw wrong(name(field), value, "a number within " + bound.range());
        }
        return Optional.of(number);
    }

    Optional<Boolean> flag(String field) {
        JsonNode value = value(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw wrong(name(field), value, "true or false");
        }
        return value.isMissingNode() ? Optional.empty() : Optional.of(value.booleanValue());
    }

    /** Takes fields that do nothing here, where they ask for nothing. */
    void harmless(List<Harmless> fields) {
        fields.forEach(field -> {
            field.read(this);
            idle.add(field.field());
        });
    }

    /** Refuses whatever nobody asked for, or leaves it aside. */
    void end() {
        for (String field : (Iterable<String>) object::fieldNames) {
            if (!known.contains(field) && !object.path(field).isNull()) {
                String name = name(ApiError.quote(field));
                String what = "unknown field " + name;
                warnings.leaveAside(
                        name, what + " was left aside", () -> ApiError.field(name, what + "; known are " + known()));
            }
        }
    }

    private String known() {
        Set<String> useful = new TreeSet<>(known);
        useful.removeAll(idle);
        return String.join(", ", useful)
                + (idle.isEmpty() ? "" : ", and those without effect that docs/serving.md lists");
    }

    /** A string that can be encoded; JSON can write halves of characters, which cannot. */
    static String text(String place, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(place, value, "a string");
        }
        String text = value.textValue();
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                throw ApiError.field(
                        place, place + " has half of a surrogate pair; escape characters beyond U+FFFF as two halves");
            }
        }
        return text;
    }

    static ApiError wrong(String place, JsonNode value, String kind) {
        return ApiError.field(place, place + " is " + shown(value) + "; it must be " + kind);
    }

    static String shown(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> value.isEmpty() ? "{}" : "an object";
            case ARRAY -> value.isEmpty() ? "[]" : "an array";
            case MISSING -> "missing";
            case STRING -> "\"" + ApiError.quote(value.textValue()) + "\"";
            default -> ApiError.quote(value.toString());
        };
    }
}
