package dev.dllm4j.decoder.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values in a call's brackets. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The same without the first positional ones. */
    Arguments from(int index) {
        return new Arguments(positional.subList(Math.min(index, positional.size()), positional.size()), named);
    }

    /** Gives each value the name of its parameter; {@code what} is called. */
    Bound bind(String what, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new IllegalArgumentException(
                    what + " takes at most " + parameters.length + " arguments and got " + positional.size());
        }
        Map<String, Object> values = new HashMap<>();
        for (int index = 0; index < positional.size(); index++) {
            values.put(parameters[index], positional.get(index));
        }
        List<String> known = List.of(parameters);
        named.forEach((name, value) -> {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(what + " has no argument named " + name);
            }
            if (values.put(name, value) != null) {
                throw new IllegalArgumentException(what + " got two values for its argument " + name);
            }
        });
        return new Bound(what, values);
    }

    /** Values by their parameters' names. */
    record Bound(String what, Map<String, Object> values) {
        boolean has(String name) {
            return values.containsKey(name);
        }

        Object get(String name, Object fallback) {
            return values.getOrDefault(name, fallback);
        }

        Object get(String name) {
            Object value = values.get(name);
            if (value == null) {
                throw new IllegalArgumentException(what + " needs its argument " + name);
            }
            return value;
        }

        boolean flag(String name, boolean fallback) {
            return Values.truth(get(name, fallback));
        }

        long integer(String name, long fallback) {
            return Values.index(get(name, fallback), what);
        }

        String text(String name) {
            return Values.text(get(name), what);
        }

        String text(String name, String fallback) {
            return Values.text(get(name, fallback), what);
        }
    }
}
