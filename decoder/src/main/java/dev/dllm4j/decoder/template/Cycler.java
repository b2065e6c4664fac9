package dev.dllm4j.decoder.template;

import java.util.List;

/** Elements in turn. */
final class Cycler {
    private final List<Object> elements;
    private int at;

    Cycler(List<Object> elements) {
        this.elements = elements;
    }

    Object current() {
        return elements.get(at);
    }

    Object next() {
        Object element = current();
        at = (at + 1) % elements.size();
        return element;
    }

    void reset() {
        at = 0;
    }
}
