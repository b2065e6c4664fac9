package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Filters of lists and the like. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("first", SequenceFilters::first);
        all.put("last", SequenceFilters::last);
        all.put("join", SequenceFilters::join);
        all.put("reverse", SequenceFilters::reverse);
        all.put("sort", SequenceFilters::sort);
        all.put("dictsort", SequenceFilters::dictSort);
        all.put("unique", SequenceFilters::unique);
        all.put("min", (value, arguments, context) -> extreme(value, "min", arguments, context));
        all.put("max", (value, arguments, context) -> extreme(value, "max", arguments, context));
        all.put("sum", SequenceFilters::sum);
        all.put("batch", SequenceFilters::batch);
        all.put("slice", SequenceFilters::slice);
        all.put("groupby", SequenceFilters::groupBy);
    }

    private static Object first(Object value, Arguments arguments, Context context) {
        arguments.bind("first");
        if (value instanceof Generator generator) {
            return generator.isEmpty() ? empty("first") : generator.next();
        }
        List<Object> elements = Values.elements(value, context.budget());
        return elements.isEmpty() ? empty("first") : elements.get(0);
    }

    private static Object last(Object value, Arguments arguments, Context context) {
        arguments.bind("last");
        if (value instanceof Generator) {
            throw new IllegalArgumentException("last of a generator; use the filter list before it");
        }
        List<Object> elements = Values.elements(value, context.budget());
        return elements.isEmpty() ? empty("last") : elements.get(elements.size() - 1);
    }

    private static Undefined empty(String filter) {
        return new Undefined(filter + " of nothing is undefined");
    }

    private static Object join(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("join", "d", "attribute");
        Budget budget = context.budget();
        String separator = PythonText.str(bound.get("d", ""), budget);
        Object attribute = bound.get("attribute", None.NONE);
        Function<Object, Object> key = attribute instanceof None ? each -> each : Path.of(attribute, budget)::get;
        StringBuilder joined = new StringBuilder();
        boolean first = true;
        for (Object element : Values.elements(value, budget)) {
            String text = PythonText.str(key.apply(element), budget);
            budget.step();
            budget.build((long) separator.length() + text.length());
            joined.append(first ? "" : separator).append(text);
            first = false;
        }
        return joined.toString();
    }

    private static Object reverse(Object value, Arguments arguments, Context context) {
        arguments.bind("reverse");
        if (value instanceof String text) {
            return Attributes.slice(text, None.NONE, None.NONE, -1L, context.budget());
        }
        List<Object> reversed = copy(value, context.budget());
        Collections.reverse(reversed);
        return value instanceof Generator ? reversed : new Generator(reversed);
    }

    private static List<Object> copy(Object value, Budget budget) {
        List<Object> elements = Values.elements(value, budget);
        budget.elements(elements.size());
        return new ArrayList<>(elements);
    }

    private static Function<Object, Object> folding(boolean caseSensitive, Budget budget) {
        return caseSensitive ? each -> each : each -> TextFilters.folded(each, budget);
    }

    private static Function<Object, Object> key(Arguments.Bound bound, Budget budget) {
        Object attribute = bound.get("attribute", None.NONE);
        Function<Object, Object> folding = folding(bound.flag("case_sensitive", false), budget);
        return attribute instanceof None ? folding : folding.compose(Path.of(attribute, budget)::get);
    }

    private static Object sort(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        Budget budget = context.budget();
        List<Object> sorted = copy(value, budget);
        Function<Object, Object> key = key(bound, budget);
        if (bound.get("attribute", None.NONE) instanceof String names && names.indexOf(',') >= 0) {
            List<Path> paths = new ArrayList<>();
            for (String name : names.split(",", -1)) {
                paths.add(Path.of(name, budget));
            }
            Function<Object, Object> folding = folding(bound.flag("case_sensitive", false), budget);
            key = element -> {
                budget.elements(paths.size());
                return paths.stream()
                        .map(path -> folding.apply(path.get(element)))
                        .toList();
            };
        }
        Operators.sort(sorted, key, bound.flag("reverse", false), budget);
        return sorted;
    }

    private static Object dictSort(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("dictsort needs a dict and got a value of type " + Values.type(value));
        }
        String by = bound.text("by", "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw new IllegalArgumentException("dictsort sorts by key or value");
        }
        int place = by.equals("key") ? 0 : 1;
        context.budget().elements(map.size());
        List<Object> items = Methods.items(map);
        Function<Object, Object> folding = folding(bound.flag("case_sensitive", false), context.budget());
        Operators.sort(
                items,
                item -> folding.apply(((Tuple) item).elements().get(place)),
                bound.flag("reverse", false),
                context.budget());
        return items;
    }

    private static Object unique(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
        Function<Object, Object> key = key(bound, context.budget());
        Map<Object, Object> seen = new LinkedHashMap<>();
        List<Object> unique = new ArrayList<>();
        for (Object element : Values.elements(value, context.budget())) {
            context.budget().elements(1);
            Object of = key.apply(element);
            if (Values.find(seen, of) == null) {
                Values.put(seen, of, true);
                unique.add(element);
            }
        }
        return new Generator(unique);
    }

    private static Object extreme(Object value, String which, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind(which, "case_sensitive", "attribute");
        Function<Object, Object> key = key(bound, context.budget());
        int wanted = which.equals("min") ? -1 : 1;
        Object best = empty(which);
        for (Object element : Values.elements(value, context.budget())) {
            if (best instanceof Undefined
                    || Operators.compare(key.apply(element), key.apply(best), context.budget()) * wanted > 0) {
                best = element;
            }
        }
        return best;
    }

    private static Object sum(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("sum", "attribute", "start");
        Object attribute = bound.get("attribute", None.NONE);
        Object sum = bound.get("start", 0L);
        if (sum instanceof String) {
            throw new IllegalArgumentException("sum does not add texts; use join");
        }
        for (Object element : Values.elements(value, context.budget())) {
            context.budget().step();
            Object part = attribute instanceof None
                    ? element
                    : Path.of(attribute, context.budget()).get(element);
            sum = Arithmetic.apply("+", sum, part, context.budget());
        }
        return sum;
    }

    private static Object batch(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
        int size = count(bound.get("linecount"), "batch");
        List<Object> elements = Values.elements(value, context.budget());
        context.budget().elements(elements.size());
        List<Object> batches = new ArrayList<>();
        for (int from = 0; from < elements.size(); from += size) {
            List<Object> batch = new ArrayList<>(elements.subList(from, Math.min(elements.size(), from + size)));
            Object fill = bound.get("fill_with", None.NONE);
            if (!(fill instanceof None)) {
                context.budget().elements((long) size - batch.size());
                batch.addAll(Collections.nCopies(size - batch.size(), fill));
            }
            batches.add(batch);
        }
        return new Generator(batches);
    }

    private static int count(Object count, String filter) {
        long size = Values.index(count, filter);
        if (size < 1 || size > 1_000_000) {
            throw new IllegalArgumentException(filter + " needs a count from 1 to 1000000 and got " + size);
        }
        return (int) size;
    }

    private static Object slice(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("slice", "slices", "fill_with");
        int slices = count(bound.get("slices"), "slice");
        List<Object> elements = Values.elements(value, context.budget());
        context.budget().elements((long) elements.size() + slices);
        Object fill = bound.get("fill_with", None.NONE);
        List<Object> result = new ArrayList<>();
        int from = 0;
        int longer = elements.size() % slices;
        for (int index = 0; index < slices; index++) {
            int to = from + elements.size() / slices + (index < longer ? 1 : 0);
            List<Object> slice = new ArrayList<>(elements.subList(from, to));
            if (!(fill instanceof None) && index >= longer) {
                slice.add(fill);
            }
            result.add(slice);
            from = to;
        }
        return new Generator(result);
    }

    private static Object groupBy(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        Budget budget = context.budget();
        Path path = bound.has("default")
                ? Path.of(bound.get("attribute"), bound.get("default"), budget)
                : Path.of(bound.get("attribute"), budget);
        Function<Object, Object> key =
                folding(bound.flag("case_sensitive", false), budget).compose(path::get);
        List<Object> sorted = copy(value, budget);
        Operators.sort(sorted, key, false, budget);
        List<Object> groups = new ArrayList<>();
        List<Object> members = new ArrayList<>();
        for (Object element : sorted) {
            if (!members.isEmpty() && !Operators.equal(key.apply(members.get(0)), key.apply(element), budget)) {
                groups.add(group(path.get(members.get(0)), members));
                members = new ArrayList<>();
            }
            members.add(element);
        }
        if (!members.isEmpty()) {
            groups.add(group(path.get(members.get(0)), members));
        }
        return groups;
    }

    private static Tuple group(Object grouper, List<Object> members) {
        return new Tuple(List.of(grouper, members), List.of("grouper", "list"));
    }
}
