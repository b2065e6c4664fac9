package dev.dllm4j.decoder.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Values as Python's {@code str} and {@code repr} show them. */
final class PythonText {
    private PythonText() {}

    static String str(Object value, Budget budget) {
        if (value instanceof String text) {
            return text;
        } else if (value instanceof Markup markup) {
            return markup.text();
        } else if (value instanceof Undefined) {
            return "";
        }
        return repr(value, budget);
    }

    static String repr(Object value, Budget budget) {
        StringBuilder shown = new StringBuilder();
        repr(value, shown, budget);
        return shown.toString();
    }

    private static void repr(Object value, StringBuilder shown, Budget budget) {
        int before = shown.length();
        if (value instanceof String text) {
            quoted(text, shown);
        } else if (value instanceof Boolean truth) {
            shown.append(truth ? "True" : "False");
        } else if (value instanceof Long number) {
            shown.append(number);
        } else if (value instanceof Double number) {
            shown.append(number(number));
        } else if (value instanceof None) {
            shown.append("None");
        } else if (value instanceof Undefined) {
            shown.append("Undefined");
        } else if (value instanceof Range range) {
            shown.append(range.shown());
        } else {
            nested(value, shown, budget);
            return;
        }
        budget.build(shown.length() - before);
    }

    private static void nested(Object value, StringBuilder shown, Budget budget) {
        budget.enter();
        if (value instanceof List<?> list) {
            all("[", list, "]", shown, budget);
        } else if (value instanceof Tuple tuple) {
            all("(", tuple.elements(), tuple.elements().size() == 1 ? ",)" : ")", shown, budget);
        } else if (value instanceof Map<?, ?> map) {
            dict(map, shown, budget);
        } else if (value instanceof View view) {
            all(view.kind() + "([", view.elements(), "])", shown, budget);
        } else if (value instanceof Namespace namespace) {
            shown.append("<Namespace ");
            dict(namespace.attributes(), shown, budget);
            shown.append('>');
        } else {
            throw new IllegalArgumentException("a value of type " + Values.type(value)
                    + " cannot be printed: Python would show its address"
                    + (value instanceof Generator ? "; use the filter list" : ""));
        }
        budget.leave();
    }

    private static void all(String open, List<?> elements, String close, StringBuilder shown, Budget budget) {
        shown.append(open);
        String separator = "";
        for (Object element : elements) {
            shown.append(separator);
            repr(element, shown, budget);
            separator = ", ";
        }
        shown.append(close);
        budget.build(open.length() + close.length() + 2L * elements.size());
    }

    private static void dict(Map<?, ?> map, StringBuilder shown, Budget budget) {
        shown.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            shown.append(separator);
            repr(entry.getKey(), shown, budget);
            shown.append(": ");
            repr(entry.getValue(), shown, budget);
            separator = ", ";
        }
        shown.append('}');
        budget.build(2 + 4L * map.size());
    }

    private static void quoted(String text, StringBuilder shown) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        shown.append(quote);
        text.codePoints().forEach(character -> {
            if (character == quote || character == '\\') {
                shown.append('\\').append((char) character);
            } else if (character == '\n') {
                shown.append("\\n");
            } else if (character == '\r') {
                shown.append("\\r");
            } else if (character == '\t') {
                shown.append("\\t");
            } else if (Characters.isPrintable(character)) {
                shown.appendCodePoint(character);
            } else if (character < 0x100) {
                hex(shown.append("\\x"), character, 2);
            } else if (character < 0x10000) {
                hex(shown.append("\\u"), character, 4);
            } else {
                hex(shown.append("\\U"), character, 8);
            }
        });
        shown.append(quote);
    }

    static void hex(StringBuilder shown, int character, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            shown.append(Character.forDigit((character >> shift) & 15, 16));
        }
    }

    /** The shortest notation that reads back as the same number. */
    static String number(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        } else if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        } else if (number == 0) {
            return Double.compare(number, 0) < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Math.abs(number));
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= 17; digits++) {
            shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == Math.abs(number)) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            String shownExponent = (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
            return sign + digits.charAt(0) + fraction + (exponent < 0 ? "e-" : "e+") + shownExponent;
        }
        String plain = shortest.toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }
}
