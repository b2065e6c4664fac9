package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A field that nothing here serves and that clients send all the same: taken where its value asks for nothing.
 *
 * @param rule what a refusal says: that it is not supported, and what to do
 * @param binding whether a client relies on any other value, so that a lenient server refuses it too
 */
record Harmless(String field, String rule, Predicate<JsonNode> takes, boolean binding) {
    private static final int LONGEST_TEXT = 1024;
    private static final int MOST_ENTRIES = 16;
    private static final int LONGEST_ENTRY = 512;

    /** Other values would only shade the answer. */
    static Harmless only(String field, Value value) {
        return new Harmless(field, rule(value), value.takes, false);
    }

    /** A client would miss in the answer what it asked for. */
    static Harmless binding(String field, Value value) {
        return binding(field, value, rule(value));
    }

    /** As {@link #binding(String, Value)}, with a rule of its own. */
    static Harmless binding(String field, Value value, String rule) {
        return new Harmless(field, rule, value.takes, true);
    }

    private static String rule(Value value) {
        return "it is not supported, so leave it out or send " + value.wording;
    }

    /**
     * Takes the field from a request.
     *
     * @throws ApiError if it asks for something, unless it can be left aside
     */
    void read(Fields fields) {
        JsonNode value = fields.value(field);
        if (value.isMissingNode() || takes.test(value)) {
            return;
        }
        String name = fields.name(field);
        String shown = name + " is " + Fields.shown(value);
        ApiError refusal = ApiError.field(name, shown + "; " + rule);
        if (binding) {
            throw refusal;
        }
        fields.warnings().leaveAside(name, shown + "; it is not supported and was left aside", () -> refusal);
    }

    /** Values that ask for nothing. */
    record Value(String wording, Predicate<JsonNode> takes) {
        static final Value FALSE = new Value("false", value -> value.isBoolean() && !value.booleanValue());
        static final Value TRUE = new Value("true", value -> value.isBoolean() && value.booleanValue());
        static final Value FLAG = new Value("true or false", JsonNode::isBoolean);
        static final Value NULL = new Value("null", value -> false);
        static final Value NO_ELEMENTS = new Value("[]", value -> value.isArray() && value.isEmpty());
        static final Value NO_FIELDS = new Value("{}", value -> value.isObject() && value.isEmpty());
        static final Value TEXT =
                new Value("a string of at most " + LONGEST_TEXT + " characters", value -> text(value, LONGEST_TEXT));
        static final Value ENTRIES = new Value(
                "an object of at most " + MOST_ENTRIES + " strings of at most " + LONGEST_ENTRY + " characters",
                Value::entries);

        static Value number(int number) {
            return new Value(Integer.toString(number), value -> value.isNumber() && value.doubleValue() == number);
        }

        /** The first is what is told to send. */
        static Value oneOf(String... words) {
            Set<String> known = Set.of(words);
            return new Value(
                    "\"" + String.join("\", \"", words) + "\"",
                    value -> value.isTextual() && known.contains(value.textValue()));
        }

        /** The only element of an array. */
        static Value listOf(String word) {
            return new Value(
                    "[\"" + word + "\"]",
                    value -> value.isArray()
                            && value.size() == 1
                            && oneOf(word).takes().test(value.get(0)));
        }

        /** The only field of an object. */
        static Value typed(String type) {
            return new Value(
                    "{\"type\":\"" + type + "\"}",
                    value -> value.isObject()
                            && value.size() == 1
                            && oneOf(type).takes().test(value.path("type")));
        }

        private static boolean text(JsonNode value, int longest) {
            return value.isTextual() && value.textValue().length() <= longest;
        }

        private static boolean entries(JsonNode value) {
            if (!value.isObject() || value.size() > MOST_ENTRIES) {
                return false;
            }
            for (JsonNode entry : value) {
                if (!text(entry, LONGEST_ENTRY)) {
                    return false;
                }
            }
            return true;
        }
    }
}
