package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.List;

/** Python's {@code + - * / // % **}. Whole numbers have 64 bits; what goes beyond is refused. */
final class Arithmetic {
    private Arithmetic() {}

    static Object apply(String operator, Object left, Object right, Budget budget) {
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined && !(operator.equals("%") && left instanceof String)) {
            throw undefined.failure();
        }
        try {
            if (Operators.isNumber(left) && Operators.isNumber(right)) {
                return left instanceof Double || right instanceof Double
                        ? floating(operator, Operators.number(left), Operators.number(right))
                        : whole(operator, Values.index(left, operator), Values.index(right, operator));
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    PythonText.repr(left, budget) + " " + operator + " " + PythonText.repr(right, budget)
                            + " is beyond 64 bits, or divides by zero",
                    e);
        }
        return switch (operator) {
            case "+" -> sum(left, right, budget);
            case "*" -> product(left, right, budget);
            case "%" -> {
                if (left instanceof String text) {
                    yield PercentFormat.format(text, right, budget);
                }
                throw refused(operator, left, right);
            }
            default -> throw refused(operator, left, right);
        };
    }

    private static IllegalArgumentException refused(String operator, Object left, Object right) {
        return new IllegalArgumentException(
                "types " + Values.type(left) + " and " + Values.type(right) + " have no operator " + operator);
    }

    private static Object whole(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> Math.addExact(left, right);
            case "-" -> Math.subtractExact(left, right);
            case "*" -> Math.multiplyExact(left, right);
            case "/" -> {
                if (right == 0) {
                    throw new ArithmeticException("division by zero");
                }
                if (Math.abs(left) > 1L << 53 || Math.abs(right) > 1L << 53) {
                    throw new ArithmeticException("not exact");
                }
                yield (double) left / right;
            }
            case "//" -> {
                if (left == Long.MIN_VALUE && right == -1) {
                    throw new ArithmeticException("overflow");
                }
                yield Math.floorDiv(left, right);
            }
            case "%" -> Math.floorMod(left, right);
            default -> power(left, right);
        };
    }

    private static Object power(long base, long exponent) {
        if (exponent < 0) {
            if (base == 0) {
                throw new ArithmeticException("division by zero");
            }
            return Math.pow((double) base, (double) exponent);
        }
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1L : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1L : -1L;
        }
        long power = 1;
        for (long times = 0; times < exponent; times++) {
            power = Math.multiplyExact(power, base);
        }
        return power;
    }

    private static Object floating(String operator, double left, double right) {
        if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new ArithmeticException("division by zero");
        }
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> {
                double rest = modulo(left, right);
                double quotient = (left - rest) / right;
                double floor = Math.floor(quotient);
                yield quotient - floor > 0.5 ? floor + 1 : floor;
            }
            case "%" -> modulo(left, right);
            default -> {
                double power = Math.pow(left, right);
                if (Double.isNaN(power) || Double.isInfinite(power)) {
                    throw new ArithmeticException("not a finite number");
                }
                yield power;
            }
        };
    }

    private static double modulo(double left, double right) {
        double rest = left % right;
        if (rest == 0) {
            return Math.copySign(0, right);
        }
        return rest < 0 != right < 0 ? rest + right : rest;
    }

    private static Object sum(Object left, Object right, Budget budget) {
        if (left instanceof String a && right instanceof String b) {
            budget.build((long) a.length() + b.length());
            return a.concat(b);
        } else if (left instanceof List<?> a
                && right instanceof List<?> b
                && !(left instanceof Range)
                && !(right instanceof Range)) {
            return joined(a, b, budget);
        } else if (left instanceof Tuple a && right instanceof Tuple b) {
            return Tuple.of(joined(a.elements(), b.elements(), budget));
        } else if (left instanceof Markup || right instanceof Markup) {
            if ((left instanceof Markup || left instanceof String)
                    && (right instanceof Markup || right instanceof String)) {
                String a = escaped(left, budget);
                String b = escaped(right, budget);
                budget.build((long) a.length() + b.length());
                return new Markup(a.concat(b));
            }
        }
        throw refused("+", left, right);
    }

    /** As it stands in a {@link Markup}. */
    private static String escaped(Object value, Budget budget) {
        return value instanceof Markup markup ? markup.text() : Markup.escape(PythonText.str(value, budget), budget);
    }

    private static List<Object> joined(List<?> left, List<?> right, Budget budget) {
        budget.elements((long) left.size() + right.size());
        List<Object> joined = new ArrayList<>(left.size() + right.size());
        joined.addAll(left);
        joined.addAll(right);
        return joined;
    }

    private static Object product(Object left, Object right, Budget budget) {
        Object value = Operators.isNumber(left) ? right : left;
        Object number = Operators.isNumber(left) ? left : right;
        if (!(number instanceof Long || number instanceof Boolean)) {
            throw refused("*", left, right);
        }
        long times = Math.max(0, Values.index(number, "*"));
        if (value instanceof String text) {
            budget.build(text.isEmpty() ? 0 : times > Integer.MAX_VALUE ? times : times * text.length());
            return text.isEmpty() ? "" : text.repeat((int) times);
        } else if (value instanceof Tuple tuple) {
            return Tuple.of(repeated(tuple.elements(), times, budget));
        } else if (value instanceof List<?> list && !(value instanceof Range)) {
            return repeated(list, times, budget);
        }
        throw refused("*", left, right);
    }

    private static List<Object> repeated(List<?> elements, long times, Budget budget) {
        if (elements.isEmpty()) {
            return List.of();
        }
        budget.elements(times > Integer.MAX_VALUE ? times : times * elements.size());
        List<Object> repeated = new ArrayList<>((int) times * elements.size());
        for (long time = 0; time < times; time++) {
            repeated.addAll(elements);
        }
        return repeated;
    }
}
