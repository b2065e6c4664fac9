package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Python's {@code json.dumps}, with the defaults that {@code transformers} gives it. */
final class Json {
    private final boolean ascii;
    private final String indent;
    private final boolean lines;
    private final String elementSeparator;
    private final String keySeparator;
    private final boolean sorted;
    private final Budget budget;
    private final StringBuilder json = new StringBuilder();

    private Json(Arguments.Bound arguments, Budget budget) {
        this.ascii = arguments.flag("ensure_ascii", false);
        this.sorted = arguments.flag("sort_keys", false);
        this.budget = budget;
        Object wanted = arguments.get("indent", None.NONE);
        this.lines = !(wanted instanceof None);
        if (wanted instanceof String text) {
            this.indent = text;
        } else {
            long width = lines ? Math.max(0, Values.index(wanted, "indent of tojson")) : 0;
            budget.build(width);
            this.indent = " ".repeat((int) width);
        }
        Object separators = arguments.get("separators", None.NONE);
        if (separators instanceof None) {
            this.elementSeparator = lines ? "," : ", ";
            this.keySeparator = ": ";
        } else {
            List<Object> both = Values.elements(separators, budget);
            if (both.size() != 2) {
                throw new IllegalArgumentException("separators of tojson must be two texts");
            }
            this.elementSeparator = Values.text(both.get(0), "separators of tojson");
            this.keySeparator = Values.text(both.get(1), "separators of tojson");
        }
    }

    static Object dump(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        Json writer = new Json(bound, context.budget());
        writer.value(value, 0);
        return writer.json.toString();
    }

    private void value(Object value, int level) {
        budget.enter();
        int before = json.length();
        if (value instanceof String text) {
            text(text);
        } else if (value instanceof Map<?, ?> map) {
            dict(map, level);
            before = json.length();
        } else if (value instanceof Tuple tuple) {
            list(tuple.elements(), level);
            before = json.length();
        } else if (value instanceof List<?> list && !(value instanceof Range)) {
            list(list, level);
            before = json.length();
        } else {
            json.append(scalar(value));
        }
        budget.build(json.length() - before);
        budget.leave();
    }

    private static String scalar(Object value) {
        if (value instanceof Boolean || value instanceof Long) {
            return value.toString();
        } else if (value instanceof None) {
            return "null";
        } else if (value instanceof Double number) {
            return number.isNaN()
                    ? "NaN"
                    : number.isInfinite() ? (number > 0 ? "Infinity" : "-Infinity") : PythonText.number(number);
        } else if (value instanceof Undefined undefined) {
            throw new IllegalArgumentException("tojson of nothing: " + undefined.reason());
        }
        throw new IllegalArgumentException("a value of type " + Values.type(value) + " has no JSON");
    }

    private void list(List<?> elements, int level) {
        if (elements.isEmpty()) {
            json.append("[]");
            return;
        }
        json.append('[');
        String separator = "";
        for (Object element : elements) {
            json.append(separator);
            newLine(level + 1);
            value(element, level + 1);
            separator = elementSeparator;
        }
        newLine(level);
        json.append(']');
        budget.build(2 + (long) elements.size() * elementSeparator.length());
    }

    private void dict(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            json.append("{}");
            return;
        }
        List<Object> keys = new ArrayList<>(map.keySet());
        if (sorted) {
            Operators.sort(keys, key -> key, false, budget);
        }
        json.append('{');
        String separator = "";
        for (Object key : keys) {
            json.append(separator);
            newLine(level + 1);
            text(key instanceof String text ? text : scalar(key));
            json.append(keySeparator);
            Object value = map.get(key);
            value(value == null ? None.NONE : value, level + 1);
            separator = elementSeparator;
            budget.build(PythonText.str(key, budget).length() + elementSeparator.length() + keySeparator.length());
        }
        newLine(level);
        json.append('}');
    }

    private void newLine(int level) {
        if (lines) {
            budget.build(1 + (long) level * indent.length());
            json.append('\n');
            for (int times = 0; times < level; times++) {
                json.append(indent);
            }
        }
    }

    private void text(String text) {
        json.append('"');
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            int known = "\"\\\n\r\t\f\b".indexOf(character);
            if (known >= 0) {
                json.append('\\').append("\"\\nrtfb".charAt(known));
            } else if (character < 0x20 || (ascii && character > 0x7e)) {
                PythonText.hex(json.append("\\u"), character, 4);
            } else {
                json.append(character);
            }
        }
        json.append('"');
    }
}
