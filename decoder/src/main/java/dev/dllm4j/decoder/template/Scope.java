package dev.dllm4j.decoder.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values in one part of a template; what is not set here is looked for outside. */
final class Scope {
    private final @Nullable Scope outer;
    private @Nullable Map<String, Object> values;

    Scope() {
        this.outer = null;
    }

    Scope(Scope outer) {
        this.outer = outer;
    }

    @Nullable Object find(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Object found = scope.values == null ? null : scope.values.get(name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    void set(String name, Object value) {
        if (values == null) {
            values = new HashMap<>(8);
        }
        values.put(name, value);
    }
}
