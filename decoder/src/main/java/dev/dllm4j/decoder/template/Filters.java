package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The filters of Jinja2 that are supported, with {@code tojson} as {@code transformers} has it. */
final class Filters {
    /** A filter's work. */
    interface Filter {
        Object apply(Object value, Arguments arguments, Context context);
    }

    static final Map<String, Filter> ALL = all();

    /** Those that make of a {@link Markup} what they make of its text. */
    private static final Set<String> OF_MARKUP =
            Set.of("safe", "escape", "e", "string", "default", "d", "length", "count", "trim");

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        TextFilters.register(all);
        NumberFilters.register(all);
        SequenceFilters.register(all);
        SelectionFilters.register(all);
        all.put("default", Filters::orDefault);
        all.put("d", Filters::orDefault);
        all.put("length", Filters::length);
        all.put("count", Filters::length);
        all.put("tojson", Json::dump);
        all.put("items", Filters::items);
        all.put("list", Filters::list);
        return Map.copyOf(all);
    }

    static Object apply(String name, Object value, Arguments arguments, Context context) {
        TemplateFilter further = context.options().filters().get(name);
        if (further != null) {
            if (value instanceof Undefined) {
                throw new IllegalArgumentException("what is given to " + name + " does not exist; check its name");
            }
            if (value instanceof Method method) {
                throw new IllegalArgumentException("what is given to " + name + " is the method " + method.name()
                        + "; an entry of this name is" + " read by [\"" + method.name() + "\"]");
            }
            return Values.of(further.apply(value, arguments.positional(), arguments.named()));
        }
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new IllegalArgumentException("the filter " + name + " is not supported");
        }
        if (value instanceof Markup && !OF_MARKUP.contains(name)) {
            throw new IllegalArgumentException("the filter " + name + " of a safe or escaped text is not supported");
        }
        return filter.apply(value, arguments, context);
    }

    private static Object orDefault(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("default", "default_value", "boolean");
        boolean replaced = value instanceof Undefined || (bound.flag("boolean", false) && !Values.truth(value));
        return replaced ? bound.get("default_value", "") : value;
    }

    private static Object length(Object value, Arguments arguments, Context context) {
        arguments.bind("length");
        return Values.length(value);
    }

    private static Object items(Object value, Arguments arguments, Context context) {
        arguments.bind("items");
        if (value instanceof Undefined) {
            return new Generator(List.of());
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("items needs a dict and got a value of type " + Values.type(value));
        }
        context.budget().elements(map.size());
        return new Generator(Methods.items(map));
    }

    private static Object list(Object value, Arguments arguments, Context context) {
        arguments.bind("list");
        List<Object> elements = Values.elements(value, context.budget());
        context.budget().elements(elements.size());
        return new ArrayList<>(elements);
    }
}
