package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/** Values of a trace's JSON; one that is missing or odd is an {@link IllegalArgumentException} that names it. */
final class Fields {
    private Fields() {}

    static int integer(JsonNode json, String field) {
        return asInteger(json.path(field), field);
    }

    /** Empty where the field is null. */
    static OptionalInt optional(JsonNode json, String field) {
        return json.path(field).isNull() ? OptionalInt.empty() : OptionalInt.of(integer(json, field));
    }

    static float number(JsonNode json, String field) {
        return asNumber(json.path(field), field);
    }

    static String text(JsonNode json, String field) {
        if (!json.path(field).isTextual()) {
            throw new IllegalArgumentException("has no text " + field);
        }
        return json.path(field).textValue();
    }

    static boolean truth(JsonNode json, String field) {
        if (!json.path(field).isBoolean()) {
            throw new IllegalArgumentException("has no true or false " + field);
        }
        return json.path(field).booleanValue();
    }

    static List<Integer> integers(JsonNode json, String field) {
        return list(json, field, value -> asInteger(value, field));
    }

    static List<Float> numbers(JsonNode json, String field) {
        return list(json, field, value -> asNumber(value, field));
    }

    static <T> List<T> list(JsonNode json, String field, Function<JsonNode, T> read) {
        if (!json.path(field).isArray()) {
            throw new IllegalArgumentException("has no list " + field);
        }
        List<T> values = new ArrayList<>();
        json.path(field).forEach(value -> values.add(read.apply(value)));
        return values;
    }

    private static int asInteger(JsonNode value, String field) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException("has no whole number " + field);
        }
        return value.intValue();
    }

    private static float asNumber(JsonNode value, String field) {
        if (!value.isNumber()) {
            throw new IllegalArgumentException("has no number " + field);
        }
        return value.floatValue();
    }
}
