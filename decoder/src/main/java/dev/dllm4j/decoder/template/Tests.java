package dev.dllm4j.decoder.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tests of Jinja2 that are supported: what stands behind {@code is}. */
final class Tests {
    /** A test of a value. */
    interface Test {
        boolean holds(Object value, Arguments arguments, Context context);
    }

    static final Map<String, Test> ALL = all();

    private Tests() {}

    private static Map<String, Test> all() {
        Map<String, Test> all = new HashMap<>();
        plain(all, "defined", value -> !(value instanceof Undefined));
        plain(all, "undefined", value -> value instanceof Undefined);
        plain(all, "none", value -> value instanceof None);
        plain(all, "boolean", value -> value instanceof Boolean);
        plain(all, "true", value -> value.equals(true));
        plain(all, "false", value -> value.equals(false));
        plain(all, "integer", value -> value instanceof Long);
        plain(all, "float", value -> value instanceof Double);
        plain(all, "number", Operators::isNumber);
        plain(all, "string", value -> value instanceof String || value instanceof Markup);
        plain(all, "escaped", value -> value instanceof Markup);
        plain(all, "mapping", value -> value instanceof Map);
        plain(
                all,
                "callable",
                value -> value instanceof Function || value instanceof Method || value instanceof Undefined);
        plain(all, "sequence", Tests::isSequence);
        plain(
                all,
                "iterable",
                value -> isSequence(value)
                        || value instanceof View
                        || value instanceof Generator
                        || value instanceof LoopState);
        all.put("lower", (value, arguments, context) -> cased(value, true, context));
        all.put("upper", (value, arguments, context) -> cased(value, false, context));
        all.put("odd", (value, arguments, context) -> rest(value, 2L, context) == 1);
        all.put("even", (value, arguments, context) -> rest(value, 2L, context) == 0);
        all.put(
                "divisibleby",
                (value, arguments, context) ->
                        rest(value, arguments.bind("divisibleby", "num").get("num"), context) == 0);
        all.put(
                "in",
                (value, arguments, context) ->
                        Operators.contains(arguments.bind("in", "seq").get("seq"), value, context.budget()));
        all.put("sameas", Tests::same);
        for (String name : List.of("eq", "equalto", "==")) {
            all.put(name, (value, arguments, context) -> Operators.equal(value, other(arguments), context.budget()));
        }
        all.put("ne", (value, arguments, context) -> !Operators.equal(value, other(arguments), context.budget()));
        all.put("!=", (value, arguments, context) -> !Operators.equal(value, other(arguments), context.budget()));
        order(all, List.of("gt", "greaterthan", ">"), true, false);
        order(all, List.of("ge", ">="), true, true);
        order(all, List.of("lt", "lessthan", "<"), false, false);
        order(all, List.of("le", "<="), false, true);
        return Map.copyOf(all);
    }

    private static void plain(Map<String, Test> all, String name, java.util.function.Predicate<Object> test) {
        all.put(name, (value, arguments, context) -> {
            arguments.bind(name);
            return test.test(value);
        });
    }

    private static void order(Map<String, Test> all, List<String> names, boolean greater, boolean orEqual) {
        for (String name : names) {
            all.put(name, (value, arguments, context) -> {
                int order = Operators.compare(value, other(arguments), context.budget());
                return order == 0 ? orEqual : order > 0 == greater;
            });
        }
    }

    private static Object other(Arguments arguments) {
        return arguments.bind("a comparison", "other").get("other");
    }

    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof Markup
                || value instanceof List
                || value instanceof Tuple
                || value instanceof Map
                || value instanceof Undefined;
    }

    private static boolean cased(Object value, boolean lower, Context context) {
        String text = PythonText.str(value, context.budget());
        context.budget().read(text.length());
        return Letters.cased(text, lower);
    }

    private static double rest(Object value, Object divisor, Context context) {
        return Operators.number(Arithmetic.apply("%", numeric(value), numeric(divisor), context.budget()));
    }

    private static Object numeric(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        return value instanceof Double ? value : Values.index(value, "the test");
    }

    private static boolean same(Object value, Arguments arguments, Context context) {
        Object other = arguments.bind("sameas", "other").get("other");
        if (value instanceof Boolean || other instanceof Boolean || value instanceof None || other instanceof None) {
            return value.equals(other);
        } else if (value instanceof List || value instanceof Map || value instanceof Namespace) {
            return value == other;
        }
        throw new IllegalArgumentException("sameas of a value of type " + Values.type(value) + " is not supported");
    }

    static boolean holds(String name, Object value, Arguments arguments, Context context) {
        Test test = ALL.get(name);
        if (test == null) {
            throw new IllegalArgumentException("the test " + name + " is not supported");
        }
        return test.holds(value, arguments, context);
    }
}
