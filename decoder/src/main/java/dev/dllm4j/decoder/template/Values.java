package dev.dllm4j.decoder.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A template's values: String, {@link Markup}, Boolean, Long, Double, {@link None}, {@link Undefined}, List,
 * {@link Tuple}, Map, {@link View}, {@link Generator}, {@link Namespace}, and what can be called.
 */
final class Values {
    private Values() {}

    /** A template's value for one of Java's. */
    static Object of(@Nullable Object value) {
        if (value == null) {
            return None.NONE;
        } else if (value instanceof String
                || value instanceof Boolean
                || value instanceof Long
                || value instanceof Double) {
            return value;
        } else if (value instanceof CharSequence text) {
            return text.toString();
        } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        } else if (value instanceof Float || value instanceof BigDecimal) {
            return ((Number) value).doubleValue();
        } else if (value instanceof BigInteger number) {
            return exact(number);
        } else if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, each) -> copy.put(of(key), of(each)));
            return copy;
        } else if (value instanceof Collection<?> elements) {
            List<Object> copy = new ArrayList<>(elements.size());
            elements.forEach(each -> copy.add(of(each)));
            return copy;
        }
        throw new IllegalArgumentException("a " + value.getClass().getName() + " is not a value for a template");
    }

    private static Long exact(BigInteger number) {
        if (number.bitLength() > 63) {
            throw new IllegalArgumentException("the number " + number + " is beyond 64 bits");
        }
        return number.longValue();
    }

    static boolean truth(Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        } else if (value instanceof String text) {
            return !text.isEmpty();
        } else if (value instanceof None || value instanceof Undefined) {
            return false;
        } else if (value instanceof List<?> list) {
            return !list.isEmpty();
        } else if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        } else if (value instanceof Long number) {
            return number != 0;
        } else if (value instanceof Double number) {
            return number != 0;
        } else if (value instanceof Tuple tuple) {
            return !tuple.elements().isEmpty();
        } else if (value instanceof View view) {
            return !view.elements().isEmpty();
        } else if (value instanceof Markup markup) {
            return !markup.text().isEmpty();
        }
        return true;
    }

    /** As Python names a value's type. */
    static String type(Object value) {
        if (value instanceof String || value instanceof Markup) {
            return "str";
        } else if (value instanceof Boolean) {
            return "bool";
        } else if (value instanceof Long) {
            return "int";
        } else if (value instanceof Double) {
            return "float";
        } else if (value instanceof None) {
            return "NoneType";
        } else if (value instanceof Undefined) {
            return "Undefined";
        } else if (value instanceof Range) {
            return "range";
        } else if (value instanceof List) {
            return "list";
        } else if (value instanceof Map) {
            return "dict";
        } else if (value instanceof View view) {
            return view.kind();
        }
        return value.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    /** Elements of what can be gone through; of a dict its keys, of a text its characters. */
    @SuppressWarnings("unchecked")
    static List<Object> elements(Object value, Budget budget) {
        if (value instanceof List<?> list) {
            return (List<Object>) list;
        } else if (value instanceof Tuple tuple) {
            return tuple.elements();
        } else if (value instanceof Map<?, ?> map) {
            budget.elements(map.size());
            return new ArrayList<>(map.keySet());
        } else if (value instanceof View view) {
            return view.elements();
        } else if (value instanceof Generator generator) {
            return generator.rest();
        } else if (value instanceof String text) {
            budget.elements(text.length());
            List<Object> characters = new ArrayList<>(text.length());
            text.codePoints().forEach(each -> characters.add(Character.toString(each)));
            return characters;
        } else if (value instanceof Undefined) {
            return List.of();
        }
        throw new IllegalArgumentException("a value of type " + type(value) + " has no elements");
    }

    static long length(Object value) {
        if (value instanceof String text) {
            return text.codePointCount(0, text.length());
        } else if (value instanceof List<?> list) {
            return list.size();
        } else if (value instanceof Tuple tuple) {
            return tuple.elements().size();
        } else if (value instanceof Map<?, ?> map) {
            return map.size();
        } else if (value instanceof View view) {
            return view.elements().size();
        } else if (value instanceof Markup markup) {
            return length(markup.text());
        } else if (value instanceof Undefined) {
            return 0;
        }
        throw new IllegalArgumentException("a value of type " + type(value) + " has no length");
    }

    /** The entry's value, or null; 1, 1.0 and true are one key as in Python. */
    static @Nullable Object find(Map<?, ?> map, Object key) {
        Object found = map.get(key);
        if (found != null || !(key instanceof Number || key instanceof Boolean)) {
            return found;
        }
        for (Object same : sameKeys(key)) {
            found = map.get(same);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    static void put(Map<Object, Object> map, Object key, Object value) {
        if (!(key instanceof String || key instanceof Number || key instanceof Boolean || key instanceof None)) {
            throw new IllegalArgumentException("a value of type " + type(key) + " cannot be a key here");
        }
        if (key instanceof Number || key instanceof Boolean) {
            for (Object same : sameKeys(key)) {
                if (map.containsKey(same)) {
                    map.put(same, value);
                    return;
                }
            }
        }
        map.put(key, value);
    }

    private static List<Object> sameKeys(Object key) {
        double number = key instanceof Boolean truth ? (truth ? 1 : 0) : ((Number) key).doubleValue();
        List<Object> same = new ArrayList<>();
        if (number == 0 || number == 1) {
            same.add(number == 1);
        }
        if (number == Math.rint(number) && Math.abs(number) < 1L << 53) {
            same.add((long) number);
        }
        same.add(number);
        if (number == 0) {
            same.add(-0.0);
            same.add(0.0);
        }
        return same;
    }

    /** A whole number; a truth value counts as one. */
    static long index(Object value, String what) {
        if (value instanceof Long number) {
            return number;
        } else if (value instanceof Boolean truth) {
            return truth ? 1 : 0;
        }
        throw new IllegalArgumentException(what + " needs a whole number and got a value of type " + type(value));
    }

    /** A text, no other type. */
    static String text(Object value, String what) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(what + " needs a text and got "
                + (value instanceof Undefined undefined
                        ? "nothing: " + undefined.reason()
                        : "a value of type " + type(value)));
    }
}
