package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of Python's lists, dicts and texts that a template may call: those that change nothing. */
final class Methods {
    private static final Set<String> OF_DICTS = Set.of("get", "items", "keys", "values", "copy");
    private static final Set<String> OF_LISTS = Set.of("index", "count", "copy");
    private static final Set<String> OF_TUPLES = Set.of("index", "count");
    private static final Set<String> OF_LOOPS = Set.of("cycle", "changed");
    private static final Set<String> OF_CYCLERS = Set.of("next", "reset");
    private static final Set<String> CHANGING_DICTS =
            Set.of("clear", "pop", "popitem", "setdefault", "update", "fromkeys");
    private static final Set<String> CHANGING_LISTS =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> OTHERS_OF_TEXTS = Set.of(
            "casefold",
            "encode",
            "expandtabs",
            "format_map",
            "isidentifier",
            "isnumeric",
            "isprintable",
            "istitle",
            "maketrans",
            "translate");

    /** Those of values that are not called so. */
    static final Set<String> CHANGING = union(CHANGING_DICTS, CHANGING_LISTS);

    static final Set<String> NAMES = union(OF_DICTS, OF_LISTS, OF_TUPLES, OF_LOOPS, OF_CYCLERS, TextMethods.NAMES);

    private Methods() {}

    @SafeVarargs
    private static Set<String> union(Set<String>... sets) {
        Set<String> union = new HashSet<>();
        for (Set<String> set : sets) {
            union.addAll(set);
        }
        return Set.copyOf(union);
    }

    static boolean known(Object of, String name) {
        if (of instanceof Map) {
            return OF_DICTS.contains(name);
        } else if (of instanceof String) {
            return TextMethods.NAMES.contains(name);
        } else if (of instanceof List) {
            return OF_LISTS.contains(name);
        } else if (of instanceof Tuple) {
            return OF_TUPLES.contains(name);
        } else if (of instanceof LoopState) {
            return OF_LOOPS.contains(name);
        }
        return of instanceof Cycler && OF_CYCLERS.contains(name);
    }

    /** Whether Python has a method of this name that is not supported here. */
    static boolean unsupported(Object of, String name) {
        if (of instanceof Map) {
            return CHANGING_DICTS.contains(name);
        } else if (of instanceof Markup) {
            return true;
        } else if (of instanceof String) {
            return OTHERS_OF_TEXTS.contains(name);
        }
        return of instanceof List && CHANGING_LISTS.contains(name);
    }

    static Object call(Method method, Arguments arguments, Context context) {
        Object self = method.self();
        String name = method.name();
        Budget budget = context.budget();
        if (self instanceof String text) {
            return TextMethods.call(text, name, arguments, budget);
        } else if (self instanceof Map<?, ?> map) {
            return dict(map, name, arguments, budget);
        } else if (self instanceof LoopState loop) {
            return loop.call(name, arguments, budget);
        } else if (self instanceof Cycler cycler) {
            arguments.bind(name);
            if (name.equals("next")) {
                return cycler.next();
            }
            cycler.reset();
            return None.NONE;
        }
        List<Object> elements = Values.elements(self, budget);
        return switch (name) {
            case "count" -> count(elements, arguments.bind("count", "value").get("value"), budget);
            case "index" -> index(elements, arguments.bind("index", "value").get("value"), budget);
            default -> {
                budget.elements(elements.size());
                yield new ArrayList<>(elements);
            }
        };
    }

    private static Object count(List<Object> elements, Object wanted, Budget budget) {
        budget.steps(elements.size());
        return elements.stream()
                .filter(each -> Operators.equal(each, wanted, budget))
                .count();
    }

    private static Object index(List<Object> elements, Object wanted, Budget budget) {
        for (int index = 0; index < elements.size(); index++) {
            budget.step();
            if (Operators.equal(elements.get(index), wanted, budget)) {
                return (long) index;
            }
        }
        throw new IllegalArgumentException("index: the value is not in the list");
    }

    private static Object dict(Map<?, ?> map, String name, Arguments arguments, Budget budget) {
        if (name.equals("get")) {
            if (!arguments.named().isEmpty()) {
                throw new IllegalArgumentException("get takes no named arguments");
            }
            Arguments.Bound bound = arguments.bind("get", "key", "default");
            Object found = Values.find(map, bound.get("key"));
            return found == null ? bound.get("default", None.NONE) : found;
        }
        arguments.bind(name);
        budget.elements(map.size());
        return switch (name) {
            case "items" -> new View("dict_items", items(map));
            case "keys" -> new View("dict_keys", new ArrayList<>(map.keySet()));
            case "values" -> new View("dict_values", new ArrayList<>(map.values()));
            default -> new LinkedHashMap<>(map);
        };
    }

    /** Pairs of keys and values. */
    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>(map.size());
        map.forEach((key, value) -> items.add(Tuple.of(key, value)));
        return items;
    }
}
