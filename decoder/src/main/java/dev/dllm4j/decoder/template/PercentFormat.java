package dev.dllm4j.decoder.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Python's {@code text % values}, for the conversions {@code s r d i u f F x X o} and {@code %}. */
final class PercentFormat {
    private final String format;
    private final Object values;
    private final Budget budget;
    private final StringBuilder result = new StringBuilder();
    private int at;
    private int used;

    private PercentFormat(String format, Object values, Budget budget) {
        this.format = format;
        this.values = values;
        this.budget = budget;
    }

    static String format(String format, Object values, Budget budget) {
        return new PercentFormat(format, values, budget).format();
    }

    private String format() {
        while (at < format.length()) {
            char character = format.charAt(at++);
            if (character == '%') {
                conversion();
            } else {
                result.append(character);
            }
        }
        int given = values instanceof Tuple tuple ? tuple.elements().size() : 1;
        if (used < given && !(values instanceof Map) && !(used == 0 && values instanceof List)) {
            throw new IllegalArgumentException("% has more values than conversions");
        }
        budget.build(result.length());
        return result.toString();
    }

    private void conversion() {
        Object value = null;
        if (peek() == '(') {
            int close = format.indexOf(')', at);
            if (close < 0 || !(values instanceof Map<?, ?> map)) {
                throw new IllegalArgumentException("% with a name needs a dict");
            }
            String name = format.substring(at + 1, close);
            value = Values.find(map, name);
            if (value == null) {
                throw new IllegalArgumentException("% has no value named " + name);
            }
            at = close + 1;
        }
        int flagsStart = at;
        while (at < format.length() && "-+ 0".indexOf(peek()) >= 0) {
            at++;
        }
        String flags = format.substring(flagsStart, at);
        long width = number();
        long precision = -1;
        if (peek() == '.') {
            at++;
            precision = number();
        }
        char kind = peek();
        at++;
        if (kind == '%') {
            result.append('%');
            return;
        }
        if ("srdiufFxXo".indexOf(kind) < 0) {
            throw new IllegalArgumentException("the conversion %" + (kind == '\0' ? "" : kind) + " is not supported");
        }
        append(converted(kind, value == null ? next() : value, precision), flags, width, "sr".indexOf(kind) < 0);
    }

    private char peek() {
        return at < format.length() ? format.charAt(at) : '\0';
    }

    private long number() {
        long number = 0;
        while (peek() >= '0' && peek() <= '9') {
            number = Math.min(number * 10 + peek() - '0', Integer.MAX_VALUE);
            at++;
        }
        return number;
    }

    private Object next() {
        if (values instanceof Tuple tuple) {
            if (used >= tuple.elements().size()) {
                throw new IllegalArgumentException("% has more conversions than values");
            }
            return tuple.elements().get(used++);
        }
        if (used++ > 0) {
            throw new IllegalArgumentException("% has more conversions than values");
        }
        return values;
    }

    private String converted(char kind, Object value, long precision) {
        if (kind == 's' || kind == 'r') {
            String text = kind == 's' ? PythonText.str(value, budget) : PythonText.repr(value, budget);
            return precision >= 0 && precision < Values.length(text)
                    ? text.substring(0, Characters.offset(text, (int) precision))
                    : text;
        }
        if (!Operators.isNumber(value)) {
            throw new IllegalArgumentException(
                    "%" + kind + " needs a number and got a value of type " + Values.type(value));
        }
        if (kind == 'f' || kind == 'F') {
            return fixed(Operators.number(value), precision < 0 ? 6 : precision, budget);
        }
        if (precision >= 0) {
            throw new IllegalArgumentException("%" + kind + " with a precision is not supported");
        }
        if (kind == 'x' || kind == 'X' || kind == 'o') {
            long whole = Values.index(value, "%" + kind);
            String digits = Long.toString(whole, kind == 'o' ? 8 : 16);
            return kind == 'X' ? digits.toUpperCase(java.util.Locale.ROOT) : digits;
        }
        return String.valueOf(whole(value));
    }

    /** Cut to a whole number. */
    static long whole(Object value) {
        if (value instanceof Double number) {
            if (!(Math.abs(number) < 0x1p63)) {
                throw new IllegalArgumentException(PythonText.number(number) + " is beyond 64 bits");
            }
            return number.longValue();
        }
        return Values.index(value, "int");
    }

    static String fixed(double number, long precision, Budget budget) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return PythonText.number(number);
        }
        budget.build(precision + 310);
        String shown = new BigDecimal(Math.abs(number))
                .setScale((int) precision, RoundingMode.HALF_EVEN)
                .toPlainString();
        return Double.compare(number, 0) < 0 ? "-" + shown : shown;
    }

    private void append(String converted, String flags, long width, boolean number) {
        String sign = "";
        String digits = converted;
        if (number) {
            if (digits.startsWith("-")) {
                sign = "-";
                digits = digits.substring(1);
            } else if (flags.indexOf('+') >= 0) {
                sign = "+";
            } else if (flags.indexOf(' ') >= 0) {
                sign = " ";
            }
        }
        long missing = Math.max(0, width - sign.length() - Values.length(digits));
        budget.build(missing + digits.length());
        if (flags.indexOf('-') >= 0) {
            result.append(sign).append(digits).append(" ".repeat((int) missing));
        } else if (number && flags.indexOf('0') >= 0) {
            result.append(sign).append("0".repeat((int) missing)).append(digits);
        } else {
            result.append(" ".repeat((int) missing)).append(sign).append(digits);
        }
    }
}
