package dev.dllm4j.decoder.template;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Equality, order and membership as Python has them. */
final class Operators {
    private Operators() {}

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static boolean equal(Object left, Object right, Budget budget) {
        if (left == right) {
            return !(left instanceof Double number && number.isNaN());
        } else if (left instanceof String a && right instanceof String b) {
            budget.read(Math.min(a.length(), b.length()));
            return a.equals(b);
        } else if (isNumber(left) && isNumber(right)) {
            return equalNumbers(left, right);
        } else if (left instanceof Undefined && right instanceof Undefined) {
            return true;
        } else if (left instanceof Markup markup) {
            return equal(markup.text(), right, budget);
        } else if (right instanceof Markup markup) {
            return equal(left, markup.text(), budget);
        } else if (left instanceof List<?> a && right instanceof List<?> b) {
            return left instanceof Range == right instanceof Range && equalAll(a, b, budget);
        } else if (left instanceof Tuple a && right instanceof Tuple b) {
            return equalAll(a.elements(), b.elements(), budget);
        } else if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return equalMaps(a, b, budget);
        } else if (left instanceof View || right instanceof View || left instanceof Method || right instanceof Method) {
            throw new IllegalArgumentException("a value of type " + Values.type(left)
                    + " cannot be compared with one of type " + Values.type(right) + " here");
        }
        return false;
    }

    private static boolean equalNumbers(Object left, Object right) {
        double a = number(left);
        double b = number(right);
        if (Double.isNaN(a) || Double.isNaN(b) || Double.isInfinite(a) || Double.isInfinite(b)) {
            return a == b;
        }
        return a == b && compareNumbers(left, right) == 0;
    }

    private static boolean equalAll(List<?> left, List<?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        budget.enter();
        boolean equal = true;
        for (int index = 0; equal && index < left.size(); index++) {
            budget.step();
            equal = equal(left.get(index), right.get(index), budget);
        }
        budget.leave();
        return equal;
    }

    private static boolean equalMaps(Map<?, ?> left, Map<?, ?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        budget.enter();
        boolean equal = true;
        for (Map.Entry<?, ?> entry : left.entrySet()) {
            budget.step();
            Object other = Values.find(right, entry.getKey());
            if (other == null || !equal(entry.getValue(), other, budget)) {
                equal = false;
                break;
            }
        }
        budget.leave();
        return equal;
    }

    /** A number as floating point. */
    static double number(Object value) {
        return value instanceof Boolean truth ? (truth ? 1 : 0) : ((Number) value).doubleValue();
    }

    static int compare(Object left, Object right, Budget budget) {
        budget.step();
        if (left instanceof String a && right instanceof String b) {
            budget.read(Math.min(a.length(), b.length()));
            return compareTexts(a, b);
        } else if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right);
        } else if (left instanceof Tuple a && right instanceof Tuple b) {
            return compareAll(a.elements(), b.elements(), budget);
        } else if (left instanceof List<?> a
                && right instanceof List<?> b
                && !(left instanceof Range)
                && !(right instanceof Range)) {
            return compareAll(a, b, budget);
        } else if (left instanceof Undefined undefined) {
            throw undefined.failure();
        } else if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        throw new IllegalArgumentException(
                "values of types " + Values.type(left) + " and " + Values.type(right) + " have no order");
    }

    /** By code points. */
    private static int compareTexts(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int index = 0; index < length; index++) {
            char a = left.charAt(index);
            char b = right.charAt(index);
            if (a != b) {
                boolean surrogates = Character.isSurrogate(a) != Character.isSurrogate(b);
                return surrogates ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    private static int compareNumbers(Object left, Object right) {
        if (!(left instanceof Double) && !(right instanceof Double)) {
            return Long.compare(Values.index(left, "<"), Values.index(right, "<"));
        }
        double a = number(left);
        double b = number(right);
        if (Double.isNaN(a) || Double.isNaN(b)) {
            throw new IllegalArgumentException("nan has no order");
        } else if (Double.isInfinite(a)
                || Double.isInfinite(b)
                || (left instanceof Double && right instanceof Double)) {
            return a < b ? -1 : a > b ? 1 : 0;
        }
        return exact(left).compareTo(exact(right));
    }

    private static BigDecimal exact(Object value) {
        return value instanceof Double number ? new BigDecimal(number) : BigDecimal.valueOf(Values.index(value, "<"));
    }

    private static int compareAll(List<?> left, List<?> right, Budget budget) {
        budget.enter();
        int order = 0;
        int length = Math.min(left.size(), right.size());
        for (int index = 0; order == 0 && index < length; index++) {
            if (!equal(left.get(index), right.get(index), budget)) {
                order = compare(left.get(index), right.get(index), budget);
            }
        }
        budget.leave();
        return order == 0 ? Integer.compare(left.size(), right.size()) : order;
    }

    static boolean contains(Object container, Object wanted, Budget budget) {
        if (container instanceof String text) {
            return Characters.indexOf(text, Values.text(wanted, "in"), 0, budget) >= 0;
        } else if (container instanceof Map<?, ?> map) {
            return Values.find(map, wanted) != null;
        } else if (container instanceof Generator generator) {
            while (!generator.isEmpty()) {
                budget.step();
                if (equal(generator.next(), wanted, budget)) {
                    return true;
                }
            }
            return false;
        }
        for (Object element : Values.elements(container, budget)) {
            budget.step();
            if (equal(element, wanted, budget)) {
                return true;
            }
        }
        return false;
    }

    /** In place and stable, also backwards. */
    static void sort(List<Object> elements, Function<Object, Object> key, boolean reverse, Budget budget) {
        record Keyed(Object element, Object key) {}
        List<Keyed> keyed = new ArrayList<>(elements.size());
        elements.forEach(element -> keyed.add(new Keyed(element, key.apply(element))));
        keyed.sort((a, b) -> reverse ? compare(b.key(), a.key(), budget) : compare(a.key(), b.key(), budget));
        elements.clear();
        keyed.forEach(each -> elements.add(each.element()));
    }
}
