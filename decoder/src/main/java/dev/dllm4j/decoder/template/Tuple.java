package dev.dllm4j.decoder.template;

import java.util.List;

/**
 * Python's tuple.
 *
 * @param names the elements' names, where it has such
 */
record Tuple(List<Object> elements, List<String> names) {
    static Tuple of(Object... elements) {
        return new Tuple(List.of(elements), List.of());
    }

    static Tuple of(List<Object> elements) {
        return new Tuple(elements, List.of());
    }
}
