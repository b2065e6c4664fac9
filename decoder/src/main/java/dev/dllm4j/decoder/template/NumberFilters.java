package dev.dllm4j.decoder.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalDouble;

/** Filters that make numbers. */
final class NumberFilters {
    private static final int MAX_DIGITS = 400;

    private NumberFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("int", NumberFilters::whole);
        all.put("float", NumberFilters::floating);
        all.put("round", NumberFilters::round);
        all.put("abs", NumberFilters::abs);
    }

    private static Object whole(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("int", "default", "base");
        if (bound.integer("base", 10) != 10) {
            throw new IllegalArgumentException("int of another base than 10 is not supported");
        }
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (value instanceof String text) {
            String digits = digits(text);
            if (isWhole(digits)) {
                try {
                    return Long.parseLong(digits);
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException("the number is beyond 64 bits", e);
                }
            }
        } else if (Operators.isNumber(value)
                && !(value instanceof Double number && (number.isNaN() || number.isInfinite()))) {
            return PercentFormat.whole(value);
        }
        OptionalDouble number = value instanceof String text ? parsed(text) : OptionalDouble.empty();
        return number.isPresent() && !Double.isNaN(number.getAsDouble()) && !Double.isInfinite(number.getAsDouble())
                ? (Object) PercentFormat.whole(number.getAsDouble())
                : bound.get("default", 0L);
    }

    private static Object floating(Object value, Arguments arguments, Context context) {
        Object fallback = arguments.bind("float", "default").get("default", 0.0);
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (value instanceof String text) {
            OptionalDouble number = parsed(text);
            return number.isPresent() ? (Object) number.getAsDouble() : fallback;
        }
        return Operators.isNumber(value) ? (Object) Operators.number(value) : fallback;
    }

    /** Without the white space around it and the underscores between its digits. */
    private static String digits(String text) {
        String stripped = Characters.strip(text, Characters::isSpace, true, true);
        if (stripped.length() > MAX_DIGITS) {
            throw new IllegalArgumentException("a number of more than " + MAX_DIGITS + " characters is not read");
        }
        StringBuilder digits = new StringBuilder();
        for (int index = 0; index < stripped.length(); index++) {
            boolean between = index > 0
                    && index + 1 < stripped.length()
                    && Character.isDigit(stripped.charAt(index - 1))
                    && Character.isDigit(stripped.charAt(index + 1));
            if (stripped.charAt(index) != '_' || !between) {
                digits.append(stripped.charAt(index));
            }
        }
        return digits.toString();
    }

    private static boolean isWhole(String digits) {
        int start = digits.startsWith("-") || digits.startsWith("+") ? 1 : 0;
        return digits.length() > start && digits.substring(start).chars().allMatch(Character::isDigit);
    }

    private static OptionalDouble parsed(String text) {
        String digits = digits(text);
        String bare = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits;
        double sign = digits.startsWith("-") ? -1 : 1;
        if (bare.equalsIgnoreCase("inf") || bare.equalsIgnoreCase("infinity")) {
            return OptionalDouble.of(sign * Double.POSITIVE_INFINITY);
        } else if (bare.equalsIgnoreCase("nan")) {
            return OptionalDouble.of(Double.NaN);
        } else if (!digits.chars().allMatch(each -> "0123456789.eE+-".indexOf(each) >= 0)) {
            return OptionalDouble.empty();
        }
        try {
            return OptionalDouble.of(Double.parseDouble(digits));
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    private static Object round(Object value, Arguments arguments, Context context) {
        Arguments.Bound bound = arguments.bind("round", "precision", "method");
        long precision = bound.integer("precision", 0);
        String method = bound.text("method", "common");
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Operators.isNumber(value) || Math.abs(precision) > MAX_DIGITS) {
            throw new IllegalArgumentException("round needs a number, and a precision within " + MAX_DIGITS);
        }
        if (method.equals("common")) {
            if (!(value instanceof Double)) {
                long whole = Values.index(value, "round");
                return precision >= 0
                        ? (Object) whole
                        : BigDecimal.valueOf(whole)
                                .setScale((int) precision, RoundingMode.HALF_EVEN)
                                .longValueExact();
            }
            double number = Operators.number(value);
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                return number;
            }
            double rounded = new BigDecimal(number)
                    .setScale((int) precision, RoundingMode.HALF_EVEN)
                    .doubleValue();
            return Math.copySign(rounded, number);
        }
        double power = Math.pow(10, (double) precision);
        return switch (method) {
            case "ceil" -> Math.ceil(Operators.number(value) * power) / power + 0.0;
            case "floor" -> Math.floor(Operators.number(value) * power) / power + 0.0;
            default -> throw new IllegalArgumentException("round knows the methods common, ceil and floor");
        };
    }

    private static Object abs(Object value, Arguments arguments, Context context) {
        arguments.bind("abs");
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (value instanceof Double number) {
            return Math.abs(number);
        }
        long number = Values.index(value, "abs");
        if (number == Long.MIN_VALUE) {
            throw new IllegalArgumentException("abs: the number is beyond 64 bits");
        }
        return Math.abs(number);
    }
}
