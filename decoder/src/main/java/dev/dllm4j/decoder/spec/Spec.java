package dev.dllm4j.decoder.spec;

import dev.dllm4j.decoder.file.Quote;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A name with values: {@code threshold(0.9)}, {@code filter(path=F,accept=0.96)}, {@code credit(then=threshold(0.9))}.
 * A value may itself be a SPEC; a value without a key belongs to the parameter of its place.
 */
public final class Spec {
    /** With room for a file's path. */
    private static final int LONGEST = 5000;

    private static final int DEEPEST = 8;
    private static final int LONGEST_SHOWN = 400;

    private final String text;
    private final String name;
    private final List<String> placed;
    private final Map<String, String> named;
    private List<String> parameters = List.of();

    private Spec(String text, String name, List<String> placed, Map<String, String> named) {
        this.text = text;
        this.name = name;
        this.placed = placed;
        this.named = named;
    }

    /**
     * Reads a SPEC; opens nothing.
     *
     * @throws IllegalArgumentException for what is none, is longer than 5,000 characters, has more than 8 parentheses open
     *     at once, or characters that do not print
     */
    public static Spec parse(String text) {
        requireReadable(text);
        String trimmed = text.trim();
        int open = trimmed.indexOf('(');
        String name = open < 0 ? trimmed : trimmed.substring(0, open).trim();
        if (!name.matches("[a-z][a-z0-9-]*") || (open >= 0 && !trimmed.endsWith(")"))) {
            throw malformed(text);
        }
        List<String> placed = new ArrayList<>();
        Map<String, String> named = new LinkedHashMap<>();
        for (String part : split(text, open < 0 ? "" : trimmed.substring(open + 1, trimmed.length() - 1))) {
            int equals = part.indexOf('=');
            boolean hasKey = equals > 0 && part.substring(0, equals).trim().matches("[a-z][a-z0-9_-]*");
            String value = hasKey ? part.substring(equals + 1).trim() : part;
            if (value.isEmpty() || (!hasKey && !named.isEmpty())) {
                throw malformed(text);
            }
            if (!hasKey) {
                placed.add(value);
            } else if (named.put(part.substring(0, equals).trim(), value) != null) {
                throw malformed(text);
            }
        }
        return new Spec(trimmed, name, placed, named);
    }

    public String name() {
        return name;
    }

    /** Declares the parameters, in the order of their places; any other value is refused. */
    public Spec only(String... declared) {
        parameters = List.of(declared);
        if (placed.size() > declared.length) {
            throw new IllegalArgumentException(
                    this + " has too many values; " + Quote.of(name) + " takes " + describe(parameters));
        }
        for (String key : named.keySet()) {
            if (!parameters.contains(key) || parameters.indexOf(key) < placed.size()) {
                throw new IllegalArgumentException(this + " has an unexpected " + Quote.of(key) + "; " + Quote.of(name)
                        + " takes " + describe(parameters));
            }
        }
        return this;
    }

    /** A value as it is written; empty where there is none. */
    public String text(String parameter) {
        return value(parameter);
    }

    /** A finite number, or the default. */
    public double number(String parameter, double otherwise) {
        String value = value(parameter);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            double number = Double.parseDouble(value);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through to the one message for everything that is no finite number.
        }
        throw new IllegalArgumentException(parameter + " of " + name + " is " + Quote.of(value)
                + "; it must be a finite number, e.g. " + otherwise);
    }

    /** A whole number, or the default. */
    public int integer(String parameter, int otherwise) {
        String value = value(parameter);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    parameter + " of " + name + " is " + Quote.of(value) + "; it must be a whole number, e.g. "
                            + otherwise,
                    e);
        }
    }

    /** One of an enum's constants by its name in lower case, or the default. */
    public <E extends Enum<E>> E choice(String parameter, E otherwise) {
        String value = value(parameter);
        if (value.isEmpty()) {
            return otherwise;
        }
        List<E> constants = List.of(otherwise.getDeclaringClass().getEnumConstants());
        return constants.stream()
                .filter(constant -> word(constant).equals(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(parameter + " of " + name + " is " + Quote.of(value)
                        + "; it must be one of "
                        + constants.stream().map(Spec::word).collect(Collectors.joining(", "))));
    }

    /** What to throw where the name is none of the known ones. */
    public IllegalArgumentException unknown(String kind, String known) {
        return new IllegalArgumentException(kind + " is " + Quote.of(text) + "; known are " + known);
    }

    @Override
    public String toString() {
        return Quote.of(text, LONGEST_SHOWN);
    }

    private String value(String parameter) {
        int place = parameters.indexOf(parameter);
        if (place < 0) {
            throw new IllegalStateException(parameter + " was not declared for " + name);
        }
        return place < placed.size() ? placed.get(place) : named.getOrDefault(parameter, "");
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String describe(List<String> parameters) {
        return parameters.isEmpty() ? "none" : String.join(", ", parameters);
    }

    /** Splits at the commas outside inner parentheses. */
    private static List<String> split(String text, String inside) {
        List<String> parts = new ArrayList<>();
        if (inside.isBlank()) {
            return parts;
        }
        int depth = 0;
        int start = 0;
        for (int i = 0; i < inside.length(); i++) {
            char c = inside.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth < 0) {
                throw malformed(text);
            }
            if (c == ',' && depth == 0) {
                parts.add(inside.substring(start, i).trim());
                start = i + 1;
            }
        }
        if (depth != 0) {
            throw malformed(text);
        }
        parts.add(inside.substring(start).trim());
        return parts;
    }

    private static void requireReadable(String text) {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "a SPEC has " + text.length() + " characters; it may have " + LONGEST + ", so shorten it");
        }
        int depth = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int character = text.codePointAt(i);
            if (!Quote.printable(character)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "'%s' has the character U+%04X; a SPEC has printable ones, so leave it out",
                        Quote.of(text),
                        character));
            }
            depth += character == '(' ? 1 : character == ')' ? -1 : 0;
            if (depth > DEEPEST) {
                throw malformed(text);
            }
        }
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("'" + Quote.of(text)
                + "' is no name with values; write it like threshold(0.9) or name(value, key=value)");
    }
}
