package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The functions that every template knows. */
final class Globals {
    /** As in Jinja2's sandbox. */
    private static final int MAX_RANGE = 100_000;

    static final Set<String> REFUSED = Set.of("lipsum", "self", "super", "gettext", "ngettext", "_");

    static final Map<String, Function> ALL = Map.of(
            "range", Globals::range,
            "dict", Globals::dict,
            "namespace", Globals::namespace,
            "cycler", Globals::cycler,
            "joiner", Globals::joiner,
            "raise_exception", Globals::raise,
            "strftime_now", Globals::now);

    private Globals() {}

    private static Object range(Arguments arguments, Context context) {
        int count = arguments.positional().size();
        if (count < 1 || count > 3 || !arguments.named().isEmpty()) {
            throw new IllegalArgumentException("range takes one to three whole numbers");
        }
        List<Long> numbers = arguments.positional().stream()
                .map(each -> Values.index(each, "range"))
                .toList();
        long start = count == 1 ? 0 : numbers.get(0);
        long stop = count == 1 ? numbers.get(0) : numbers.get(1);
        long step = count == 3 ? numbers.get(2) : 1;
        if (step == 0) {
            throw new IllegalArgumentException("the step of range is 0");
        }
        double size = Math.ceil(((double) stop - start) / step);
        if (size > MAX_RANGE) {
            throw new IllegalArgumentException("range has more than " + MAX_RANGE + " elements, its limit");
        }
        return new Range(start, stop, step, (int) Math.max(0, size));
    }

    private static Object dict(Arguments arguments, Context context) {
        return entries("dict", arguments, context);
    }

    private static Object namespace(Arguments arguments, Context context) {
        return new Namespace(entries("namespace", arguments, context));
    }

    private static Map<Object, Object> entries(String what, Arguments arguments, Context context) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        if (arguments.positional().size() > 1) {
            throw new IllegalArgumentException(what + " takes at most one positional argument");
        }
        for (Object first : arguments.positional()) {
            if (first instanceof Map<?, ?> map) {
                context.budget().elements(map.size());
                entries.putAll(map);
            } else {
                for (Object pair : Values.elements(first, context.budget())) {
                    List<Object> both = Values.elements(pair, context.budget());
                    if (both.size() != 2) {
                        throw new IllegalArgumentException(what + " needs pairs of key and value");
                    }
                    context.budget().elements(1);
                    Values.put(entries, both.get(0), both.get(1));
                }
            }
        }
        entries.putAll(arguments.named());
        return entries;
    }

    private static Object cycler(Arguments arguments, Context context) {
        if (arguments.positional().isEmpty() || !arguments.named().isEmpty()) {
            throw new IllegalArgumentException("cycler needs one element or more");
        }
        return new Cycler(new ArrayList<>(arguments.positional()));
    }

    private static Object joiner(Arguments arguments, Context context) {
        Object separator = arguments.bind("joiner", "sep").get("sep", ", ");
        boolean[] used = {false};
        return (Function) (none, same) -> {
            Object text = used[0] ? separator : "";
            used[0] = true;
            return text;
        };
    }

    @SuppressWarnings("DoNotCallSuggester") // templates call it
    private static Object raise(Arguments arguments, Context context) {
        Object message = arguments.bind("raise_exception", "message").get("message");
        throw new TemplateRefusal(PythonText.str(message, context.budget()));
    }

    private static Object now(Arguments arguments, Context context) {
        String format = arguments.bind("strftime_now", "format").text("format");
        return DateFormat.format(format, context.options().clock(), context.budget());
    }
}
