package dev.dllm4j.decoder.template;

import java.util.Map;

/** What {@code namespace()} makes: the one value that a template can change. */
record Namespace(Map<Object, Object> attributes) {
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
