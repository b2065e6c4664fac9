package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.spec.Bound;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The fields of a JSON object, taken one by one; what is left at the {@link #end} is unknown. A field that is null is
 * taken as absent. Mutable, confined to one thread.
 */
final class Fields {
    private final ObjectNode object;
    /** Of the object in the request, with a dot behind; empty for the request itself. */
    private final String path;

    private final Set<String> known = new LinkedHashSet<>();

    Fields(ObjectNode object) {
        this(object, "");
    }

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** The object at a place, e.g. {@code messages[0]}. */
    static Fields at(String place, JsonNode value) {
        if (value instanceof ObjectNode object) {
            return new Fields(object, place + ".");
        }
        throw wrong(place, value, "an object");
    }

    String name(String field) {
        return path + field;
    }

    /** The value as it stands; missing if absent or null. */
    JsonNode value(String field) {
        known.add(field);
        JsonNode value = object.path(field);
        return value.isNull() ? MissingNode.getInstance() : value;
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

    /** A field that nothing here serves: taken where it asks for nothing. */
    void neutral(String field, String wording, Predicate<JsonNode> asksForNothing) {
        JsonNode value = value(field);
        if (!value.isMissingNode() && !asksForNothing.test(value)) {
            throw ApiError.field(
                    name(field),
                    name(field) + " is " + shown(value) + "; it is not supported, so leave it out or send " + wording);
        }
    }

    /** Refuses whatever nobody asked for. */
    void end() {
        for (String field : (Iterable<String>) object::fieldNames) {
            if (!known.contains(field) && !object.path(field).isNull()) {
                throw ApiError.field(
                        name(ApiError.quote(field)),
                        "unknown field " + name(ApiError.quote(field)) + "; known are "
                                + String.join(", ", new TreeSet<>(known)));
            }
        }
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
            case STRING -> "\"" + ApiError.quote(value.textValue()) + "\"";
            default -> ApiError.quote(value.toString());
        };
    }
}
