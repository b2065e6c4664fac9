package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code value.name}, {@code value[key]} and slices, as Jinja2's sandbox looks them up. */
final class Attributes {
    private Attributes() {}

    /** Whether Python, not the value's author, gave it its name. */
    static boolean isInternal(String name) {
        return name.startsWith("__");
    }

    /** An attribute first, else the item of this key. */
    static Object attribute(Object of, String name, Budget budget) {
        Optional<Object> found = own(of, name);
        if (found.isPresent()) {
            return found.get();
        }
        Object item = of instanceof Map<?, ?> map ? Values.find(map, name) : null;
        return item == null ? missing(of, name) : item;
    }

    /** The item of this key first, else the attribute. */
    static Object item(Object of, Object key, Budget budget) {
        if (of instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (of instanceof Map<?, ?> map) {
            Object found = Values.find(map, key);
            if (found != null) {
                return found;
            }
        } else if (key instanceof Long || key instanceof Boolean) {
            long index = Values.index(key, "a subscript");
            if (of instanceof String text) {
                return character(text, index, budget);
            }
            if (of instanceof Markup) {
                throw new IllegalArgumentException("items of a safe text are not supported");
            }
            List<?> elements =
                    of instanceof Tuple tuple ? tuple.elements() : of instanceof List<?> list ? list : List.of();
            long place = index < 0 ? index + elements.size() : index;
            return place >= 0 && place < elements.size() ? elements.get((int) place) : missing(of, "element " + index);
        }
        if (key instanceof String name) {
            if (isInternal(name)) {
                throw new IllegalArgumentException("the attribute " + name + " is refused: it is internal to Python");
            }
            return own(of, name).orElseGet(() -> missing(of, name));
        }
        return missing(of, PythonText.str(key, budget));
    }

    private static Undefined missing(Object of, String name) {
        return new Undefined("a value of type " + Values.type(of) + " has no " + name);
    }

    /** What Python knows by this name, whatever the value holds. */
    private static Optional<Object> own(Object of, String name) {
        if (of instanceof Undefined undefined) {
            throw undefined.failure();
        } else if (of instanceof LoopState loop) {
            return loop.attribute(name);
        } else if (of instanceof Namespace namespace) {
            return Optional.ofNullable(namespace.attributes().get(name));
        } else if (of instanceof Tuple tuple && tuple.names().contains(name)) {
            return Optional.of(tuple.elements().get(tuple.names().indexOf(name)));
        } else if (of instanceof Cycler cycler && name.equals("current")) {
            return Optional.of(cycler.current());
        } else if (Methods.known(of, name)) {
            return Optional.of(new Method(of, name));
        } else if (Methods.unsupported(of, name)) {
            throw new IllegalArgumentException("the method " + name + " of " + Values.type(of)
                    + " is not supported; an entry of this name is read by [\"" + name + "\"]");
        }
        return Optional.empty();
    }

    private static Object character(String text, long index, Budget budget) {
        budget.read(text.length());
        long length = text.codePointCount(0, text.length());
        long place = index < 0 ? index + length : index;
        if (place < 0 || place >= length) {
            return missing(text, "element " + index);
        }
        return Character.toString(text.codePointAt(Characters.offset(text, (int) place)));
    }

    static Object slice(Object of, Object start, Object stop, Object step, Budget budget) {
        if (of instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!(of instanceof String || of instanceof List || of instanceof Tuple)) {
            return missing(of, "slices");
        }
        long by = step instanceof None ? 1 : Values.index(step, "a slice");
        if (by == 0) {
            throw new IllegalArgumentException("the step of a slice is 0");
        }
        long length = Values.length(of);
        long from = bound(start, by > 0 ? 0 : length - 1, length, by);
        long to = bound(stop, by > 0 ? length : -1, length, by);
        long count = by > 0 ? Math.max(0, (to - from - 1 + by) / by) : Math.max(0, (from - to - 1 - by) / -by);
        if (by > 0 ? from >= to : from <= to) {
            count = 0;
        }
        if (of instanceof String text) {
            return text(text, (int) from, by, (int) count, budget);
        } else if (of instanceof Range range) {
            return range.slice(from, to, by, (int) count);
        }
        List<?> elements = of instanceof Tuple tuple ? tuple.elements() : (List<?>) of;
        budget.elements(count);
        List<Object> slice = new ArrayList<>((int) count);
        for (long index = 0; index < count; index++) {
            slice.add(elements.get((int) (from + index * by)));
        }
        return of instanceof Tuple ? Tuple.of(slice) : slice;
    }

    private static long bound(Object bound, long fallback, long length, long step) {
        if (bound instanceof None) {
            return fallback;
        }
        long place = Values.index(bound, "a slice");
        if (place < 0) {
            place = Math.max(place + length, step > 0 ? 0 : -1);
        }
        return Math.min(place, step > 0 ? length : length - 1);
    }

    private static String text(String text, int from, long by, int count, Budget budget) {
        budget.build(count);
        budget.read(text.length());
        if (by == 1) {
            int start = Characters.offset(text, count == 0 ? 0 : from);
            return text.substring(start, text.offsetByCodePoints(start, count));
        }
        int[] characters = text.codePoints().toArray();
        StringBuilder slice = new StringBuilder(count);
        for (int index = 0; index < count; index++) {
            slice.appendCodePoint(characters[(int) (from + index * by)]);
        }
        return slice.toString();
    }
}
