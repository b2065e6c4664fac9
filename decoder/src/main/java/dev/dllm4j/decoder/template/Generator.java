package dev.dllm4j.decoder.template;

import java.util.List;

/** What can be gone through once, as the results of {@code map} and {@code select}. */
final class Generator {
    private final List<Object> elements;
    private int at;

    Generator(List<Object> elements) {
        this.elements = elements;
    }

    /** What is left of it; nothing is left then. */
    List<Object> rest() {
        List<Object> rest = elements.subList(at, elements.size());
        at = elements.size();
        return rest;
    }

    boolean isEmpty() {
        return at == elements.size();
    }

    Object next() {
        return elements.get(at++);
    }
}
