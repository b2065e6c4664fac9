package dev.dllm4j.decoder.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters that make texts; of another value they take what it prints as. */
final class TextFilters {
    /** How much longer than asked a text may be before {@code truncate} cuts it. */
    private static final int LEEWAY = 5;

    private TextFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("upper", (value, arguments, context) -> letters(value, "upper", arguments, context));
        all.put("lower", (value, arguments, context) -> letters(value, "lower", arguments, context));
        all.put("capitalize", (value, arguments, context) -> letters(value, "capitalize", arguments, context));
        all.put("title", TextFilters::title);
        all.put("trim", TextFilters::trim);
        all.put("replace", TextFilters::replace);
        all.put("indent", TextFilters::indent);
        all.put("center", TextFilters::center);
        all.put("truncate", TextFilters::truncate);
        all.put("wordcount", TextFilters::wordCount);
        all.put("format", TextFilters::format);
        all.put("string", TextFilters::string);
        all.put("safe", TextFilters::safe);
        all.put("escape", TextFilters::escape);
        all.put("e", TextFilters::escape);
    }

    private static String text(Object value, Context context) {
        String text = PythonText.str(value, context.budget());
        context.budget().read(text.length());
        return text;
    }

    private static Object letters(Object value, String method, Arguments arguments, Context context) {
        return Letters.call(text(value, context), method, arguments, context.budget());
    }

    private static Object title(Object value, Arguments arguments, Context context) {
        arguments.bind("title");
        return Letters.titleOfWords(text(value, context), context.budget());
    }

    private static Object trim(Object value, Arguments arguments, Context context) {
        Object characters = arguments.bind("trim", "chars").get("chars", None.NONE);
        String text = TextMethods.strip(text(value, context), characters, true, true, context.budget());
        context.budget().build(text.length());
        return value instanceof Markup ? new Markup(text) : text;
    }

    private static Object replace(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
        Object count = bound.get("count", None.NONE);
        return TextMethods.replace(
                text(value, context),
                text(bound.get("old"), context),
                text(bound.get("new"), context),
                count instanceof None ? -1 : Values.index(count, "replace"),
                context.budget());
    }

    private static Object indent(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
        Object width = bound.get("width", 4L);
        Budget budget = context.budget();
        String indention = width instanceof String text
                ? text
                : Padding.repeated(" ", Math.max(0, Values.index(width, "indent")), budget);
        boolean blank = bound.flag("blank", false);
        List<Object> lines = Splitting.lines(text(value, context) + "\n", false, budget);
        StringBuilder indented = new StringBuilder(bound.flag("first", false) ? indention : "");
        for (int index = 0; index < lines.size(); index++) {
            String line = (String) lines.get(index);
            budget.build(1L + line.length() + indention.length());
            if (index > 0) {
                indented.append('\n').append(blank || !line.isEmpty() ? indention : "");
            }
            indented.append(line);
        }
        return indented.toString();
    }

    private static Object center(Object value, Arguments arguments, Context context) {
        long width = arguments.bind("center", "width").integer("width", 80);
        return Padding.center(text(value, context), width, context.budget());
    }

    private static Object truncate(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        String text = Values.text(value, "truncate");
        long length = bound.integer("length", 255);
        String end = bound.text("end", "...");
        Object given = bound.get("leeway", None.NONE);
        long leeway = given instanceof None ? LEEWAY : Values.index(given, "truncate");
        long kept = length - Values.length(end);
        if (kept < 0 || leeway < 0) {
            throw new IllegalArgumentException("truncate: length must be at least that of end, and leeway 0 or more");
        }
        if (Values.length(text) <= length + leeway) {
            return text;
        }
        String cut = text.substring(0, Characters.offset(text, (int) kept));
        int blank = cut.lastIndexOf(' ');
        String result = (bound.flag("killwords", false) || blank < 0 ? cut : cut.substring(0, blank)) + end;
        context.budget().build(result.length());
        return result;
    }

    private static Object wordCount(Object value, Arguments arguments, Context context) {
        arguments.bind("wordcount");
        String text = text(value, context);
        context.budget().steps(text.length() / 8);
        long count = 0;
        boolean inWord = false;
        for (int index = 0; index < text.length(); index += Character.charCount(text.codePointAt(index))) {
            boolean word = text.charAt(index) == '_' || Character.isLetterOrDigit(text.codePointAt(index));
            count += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return count;
    }

    private static Object format(Object value, Arguments arguments, Context context) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw new IllegalArgumentException("format takes positional or named values, not both");
        }
        Object values = arguments.named().isEmpty() ? Tuple.of(arguments.positional()) : arguments.named();
        return PercentFormat.format(text(value, context), values, context.budget());
    }

    private static Object string(Object value, Arguments arguments, Context context) {
        arguments.bind("string");
        return value instanceof Markup ? value : text(value, context);
    }

    private static Object safe(Object value, Arguments arguments, Context context) {
        arguments.bind("safe");
        return value instanceof Markup ? value : new Markup(text(value, context));
    }

    private static Object escape(Object value, Arguments arguments, Context context) {
        arguments.bind("escape");
        return value instanceof Markup ? value : new Markup(Markup.escape(text(value, context), context.budget()));
    }

    /** As texts are compared where case does not count. */
    static Object folded(Object value, Budget budget) {
        if (value instanceof String text) {
            budget.build(text.length());
            return text.toLowerCase(Locale.ROOT);
        }
        return value;
    }
}
