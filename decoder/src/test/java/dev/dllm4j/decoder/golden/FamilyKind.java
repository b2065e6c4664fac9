package dev.dllm4j.decoder.golden;

import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Runs of a file that are decoded by the same rules.
 *
 * @param file under {@code traces/}
 * @param name in what is printed
 * @param holds whether a run is of this kind; a run is of one kind only
 * @param asCase a run in our words
 */
public record FamilyKind(String file, String name, Predicate<Trace> holds, Function<Trace, FamilyCase> asCase) {
    @Override
    public String toString() {
        return (file + " " + name).strip();
    }
}
