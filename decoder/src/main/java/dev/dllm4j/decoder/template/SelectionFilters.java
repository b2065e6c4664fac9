package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** {@code map}, {@code select}, {@code reject} and those of them that look at an attribute. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("map", SelectionFilters::map);
        all.put("select", (value, arguments, context) -> select(value, arguments, context, false, true));
        all.put("reject", (value, arguments, context) -> select(value, arguments, context, false, false));
        all.put("selectattr", (value, arguments, context) -> select(value, arguments, context, true, true));
        all.put("rejectattr", (value, arguments, context) -> select(value, arguments, context, true, false));
    }

    private static Object map(Object value, Arguments arguments, Context context) {
        if (!Values.truth(value)) {
            return new Generator(List.of());
        }
        Function<Object, Object> change = change(arguments, context);
        List<Object> mapped = new ArrayList<>();
        for (Object element : Values.elements(value, context.budget())) {
            context.budget().elements(1);
            mapped.add(change.apply(element));
        }
        return new Generator(mapped);
    }

    private static Function<Object, Object> change(Arguments arguments, Context context) {
        if (!arguments.positional().isEmpty()) {
            String filter = Values.text(arguments.positional().get(0), "map");
            Arguments further = arguments.from(1);
            return element -> Filters.apply(filter, element, further, context);
        }
        Arguments.Bound bound = arguments.bind("map", "attribute", "default");
        Path path = bound.has("default") && !(bound.get("default") instanceof None)
                ? Path.of(bound.get("attribute"), bound.get("default"), context.budget())
                : Path.of(bound.get("attribute"), context.budget());
        return path::get;
    }

    private static Object select(
            Object value, Arguments arguments, Context context, boolean ofAttribute, boolean keepWhatHolds) {
        if (!Values.truth(value)) {
            return new Generator(List.of());
        }
        Function<Object, Object> of = each -> each;
        Arguments rest = arguments;
        if (ofAttribute) {
            if (arguments.positional().isEmpty()) {
                throw new IllegalArgumentException("an attribute's name is missing");
            }
            of = Path.of(arguments.positional().get(0), context.budget())::get;
            rest = arguments.from(1);
        }
        List<Object> kept = new ArrayList<>();
        for (Object element : Values.elements(value, context.budget())) {
            context.budget().elements(1);
            if (holds(of.apply(element), rest, context) == keepWhatHolds) {
                kept.add(element);
            }
        }
        return new Generator(kept);
    }

    private static boolean holds(Object value, Arguments test, Context context) {
        return test.positional().isEmpty()
                ? Values.truth(value)
                : Tests.holds(Values.text(test.positional().get(0), "a test"), value, test.from(1), context);
    }
}
