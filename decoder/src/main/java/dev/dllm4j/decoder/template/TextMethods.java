package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The methods of Python's {@code str}. */
final class TextMethods {
    static final Set<String> NAMES = Set.of(
            "capitalize",
            "center",
            "count",
            "endswith",
            "find",
            "format",
            "index",
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isdigit",
            "islower",
            "isspace",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "upper",
            "zfill");

    private TextMethods() {}

    static Object call(String text, String name, Arguments arguments, Budget budget) {
        budget.read(text.length());
        if (!name.equals("format")
                && !arguments.named().isEmpty()
                && !Set.of("split", "rsplit", "splitlines").contains(name)) {
            throw new IllegalArgumentException(name + " takes no named arguments");
        }
        return switch (name) {
            case "split", "rsplit" -> Splitting.split(text, name.equals("rsplit"), arguments, budget);
            case "splitlines" ->
                Splitting.lines(text, arguments.bind(name, "keepends").flag("keepends", false), budget);
            case "partition", "rpartition" ->
                Splitting.partition(
                        text,
                        name.equals("rpartition"),
                        arguments.bind(name, "sep").text("sep"),
                        budget);
            case "strip", "lstrip", "rstrip" ->
                strip(
                        text,
                        arguments.bind(name, "chars").get("chars", None.NONE),
                        !name.equals("rstrip"),
                        !name.equals("lstrip"),
                        budget);
            case "startswith", "endswith" -> affix(text, name.equals("startswith"), arguments, budget);
            case "find", "rfind", "index", "rindex", "count" -> search(text, name, arguments, budget);
            case "replace" -> {
                Arguments.Bound bound = arguments.bind(name, "old", "new", "count");
                yield replace(text, bound.text("old"), bound.text("new"), bound.integer("count", -1), budget);
            }
            case "removeprefix" -> {
                String prefix = arguments.bind(name, "prefix").text("prefix");
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = arguments.bind(name, "suffix").text("suffix");
                yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
            }
            case "join" -> join(text, arguments.bind(name, "iterable").get("iterable"), budget);
            case "center", "ljust", "rjust", "zfill" -> Padding.pad(text, name, arguments, budget);
            case "format" -> BraceFormat.format(text, arguments, budget);
            default -> Letters.call(text, name, arguments, budget);
        };
    }

    static String strip(String text, Object characters, boolean left, boolean right, Budget budget) {
        if (characters instanceof None) {
            return Characters.strip(text, Characters::isSpace, left, right);
        }
        String stripped = Values.text(characters, "strip");
        budget.steps(Math.min((long) text.length(), text.length() * (long) stripped.length() / 8));
        budget.read((long) text.length() * stripped.length());
        return Characters.strip(text, character -> stripped.indexOf(character) >= 0, left, right);
    }

    private static Object affix(String text, boolean start, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("startswith", "prefix", "start", "end");
        String part = text;
        if (bound.has("start")) {
            part = (String) Attributes.slice(text, bound.get("start"), bound.get("end", None.NONE), None.NONE, budget);
        }
        Object affixes = bound.get("prefix");
        List<?> all = affixes instanceof Tuple tuple ? tuple.elements() : List.of(affixes);
        for (Object each : all) {
            budget.step();
            String affix = Values.text(each, start ? "startswith" : "endswith");
            if (start ? part.startsWith(affix) : part.endsWith(affix)) {
                return true;
            }
        }
        return false;
    }

    private static Object search(String text, String name, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind(name, "sub", "start", "end");
        String wanted = bound.text("sub");
        if (bound.has("start") || bound.has("end")) {
            throw new IllegalArgumentException(name + " with start and end is not supported; slice the text first");
        }
        if (name.equals("count")) {
            return wanted.isEmpty() ? Values.length(text) + 1 : (long) count(text, wanted, Integer.MAX_VALUE, budget);
        }
        int found = name.startsWith("r")
                ? Characters.lastIndexOf(text, wanted, text.length(), budget)
                : Characters.indexOf(text, wanted, 0, budget);
        if (found < 0 && name.endsWith("index")) {
            throw new IllegalArgumentException(name + ": the text is not found");
        }
        return found < 0 ? -1L : (long) text.codePointCount(0, found);
    }

    private static int count(String text, String wanted, long limit, Budget budget) {
        int count = 0;
        int at = Characters.indexOf(text, wanted, 0, budget);
        while (at >= 0 && count < limit) {
            count++;
            budget.step();
            at = next(text, wanted, at + wanted.length(), budget);
        }
        return count;
    }

    /** As {@link Characters#indexOf}, whose reading of short texts is counted once for all occurrences. */
    private static int next(String text, String wanted, int from, Budget budget) {
        return wanted.length() <= 64 ? text.indexOf(wanted, from) : Characters.indexOf(text, wanted, from, budget);
    }

    static String replace(String text, String old, String replacement, long limit, Budget budget) {
        long most = limit < 0 ? Long.MAX_VALUE : limit;
        if (old.isEmpty()) {
            return between(text, replacement, most, budget);
        }
        long count = count(text, old, most, budget);
        if (count == 0) {
            return text;
        }
        budget.build(text.length() + count * Math.max(0, replacement.length() - old.length()));
        StringBuilder replaced = new StringBuilder();
        int from = 0;
        for (long times = 0; times < count; times++) {
            int at = next(text, old, from, budget);
            replaced.append(text, from, at).append(replacement);
            from = at + old.length();
        }
        return replaced.append(text, from, text.length()).toString();
    }

    private static String between(String text, String inserted, long most, Budget budget) {
        long times = Math.min(most, Values.length(text) + 1);
        budget.steps(times);
        budget.build(text.length() + times * inserted.length());
        StringBuilder result = new StringBuilder();
        int at = 0;
        for (long time = 0; time < times; time++) {
            result.append(inserted);
            if (at < text.length()) {
                int next = text.offsetByCodePoints(at, 1);
                result.append(text, at, next);
                at = next;
            }
        }
        return result.append(text, at, text.length()).toString();
    }

    private static String join(String separator, Object elements, Budget budget) {
        List<String> texts = new ArrayList<>();
        long length = 0;
        for (Object each : Values.elements(elements, budget)) {
            String text = Values.text(each, "join");
            budget.step();
            length += text.length() + separator.length();
            texts.add(text);
        }
        budget.build(length);
        return String.join(separator, texts);
    }
}
