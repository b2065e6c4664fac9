package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Statement.MacroBody;
import dev.dllm4j.decoder.template.Statement.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro, or the body of a call block, with what it sees from where it stands. Gives the text it renders. */
record Macro(MacroBody body, Scope closure, Renderer renderer) implements Function {
    @Override
    public Object call(Arguments arguments, Context context) {
        Scope scope = new Scope(closure);
        List<Object> positional = arguments.positional();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        for (int index = 0; index < body.parameters().size(); index++) {
            Parameter parameter = body.parameters().get(index);
            String name = parameter.name();
            Object given = named.remove(name);
            if (index < positional.size()) {
                if (given != null) {
                    throw new IllegalArgumentException(body.name() + " got two values for its argument " + name);
                }
                given = positional.get(index);
            }
            if (given == null) {
                given = parameter.fallback().isPresent()
                        ? renderer.evaluate(parameter.fallback().get(), scope)
                        : new Undefined("the argument " + name + " of " + body.name() + " is not given");
            }
            scope.set(name, given);
        }
        further(scope, arguments.from(body.parameters().size()).positional(), named);
        return renderer.captured(body.body(), scope);
    }

    private void further(Scope scope, List<Object> positional, Map<String, Object> named) {
        if (body.further().contains("caller")) {
            Object caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("no caller is defined") : caller);
        }
        if (body.further().contains("varargs")) {
            scope.set("varargs", Tuple.of(positional));
        } else if (!positional.isEmpty()) {
            throw new IllegalArgumentException(
                    body.name() + " takes at most " + body.parameters().size() + " arguments");
        }
        if (body.further().contains("kwargs")) {
            scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
        } else if (!named.isEmpty()) {
            throw new IllegalArgumentException(body.name() + " has no argument named "
                    + named.keySet().iterator().next());
        }
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
