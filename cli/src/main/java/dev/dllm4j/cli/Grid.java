package dev.dllm4j.cli;

import java.util.List;
import java.util.stream.Stream;

/** Braces in a SPEC, as a shell reads them: {@code threshold({0.7,0.9})} is two SPECs. */
final class Grid {
    private Grid() {}

    /** All SPECs that a text stands for, in the order they are written. */
    static List<String> expand(String text) {
        int open = text.indexOf('{');
        int close = text.indexOf('}', open + 1);
        if (open < 0 || close < 0) {
            return List.of(text);
        }
        return Stream.of(text.substring(open + 1, close).split(",", -1))
                .flatMap(value -> expand(text.substring(0, open) + value.strip() + text.substring(close + 1)).stream())
                .toList();
    }
}
