package dev.dllm4j.decoder.template;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code loop} is in the body of a loop; called, it renders the loop's body for further elements. */
final class LoopState implements Function {
    /** Renders the body of a recursive loop. */
    interface Recursion {
        Object render(Object elements, long depth);
    }

    private final List<Object> elements;
    private final long depth;
    private final Optional<Recursion> recursion;
    private int index;
    private @Nullable List<Object> lastSeen;

    LoopState(List<Object> elements, long depth, Optional<Recursion> recursion) {
        this.elements = elements;
        this.depth = depth;
        this.recursion = recursion;
    }

    void at(int position) {
        index = position;
    }

    Optional<Object> attribute(String name) {
        int size = elements.size();
        return switch (name) {
            case "index" -> Optional.of(index + 1L);
            case "index0" -> Optional.of((long) index);
            case "revindex" -> Optional.of((long) size - index);
            case "revindex0" -> Optional.of(size - index - 1L);
            case "first" -> Optional.of(index == 0);
            case "last" -> Optional.of(index == size - 1);
            case "length" -> Optional.of((long) size);
            case "depth" -> Optional.of(depth);
            case "depth0" -> Optional.of(depth - 1);
            case "previtem" ->
                Optional.of(index > 0 ? elements.get(index - 1) : new Undefined("there is no previous item"));
            case "nextitem" ->
                Optional.of(index < size - 1 ? elements.get(index + 1) : new Undefined("there is no next item"));
            case "cycle", "changed" -> Optional.of(new Method(this, name));
            default -> Optional.empty();
        };
    }

    Object call(String method, Arguments arguments, Budget budget) {
        if (!arguments.named().isEmpty()) {
            throw new IllegalArgumentException(method + " takes no named arguments");
        }
        List<Object> given = arguments.positional();
        if (method.equals("cycle")) {
            if (given.isEmpty()) {
                throw new IllegalArgumentException("cycle needs one element or more");
            }
            return given.get(index % given.size());
        }
        boolean same = lastSeen != null && Operators.equal(Tuple.of(lastSeen), Tuple.of(given), budget);
        lastSeen = List.copyOf(given);
        return !same;
    }

    @Override
    public Object call(Arguments arguments, Context context) {
        Recursion again = recursion.orElseThrow(
                () -> new IllegalArgumentException("loop is called, but the for tag does not say recursive"));
        return again.render(arguments.bind("loop", "iterable").get("iterable"), depth + 1);
    }
}
