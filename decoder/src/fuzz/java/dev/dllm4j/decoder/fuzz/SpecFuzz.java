package dev.dllm4j.decoder.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.FilterSource;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.List;
import java.util.function.Function;

/** Any text as a SPEC: refused with a message, or read as what prints as a SPEC that means the same. */
public final class SpecFuzz {
    private static final List<Function<String, ?>> PARSERS = List.of(
            text -> UnmaskingStrategy.parse(text, FilterSource.NONE), Window::parse, CacheSpec::parse, StopRule::parse);

    private SpecFuzz() {}

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        String text = data.consumeRemainingAsString();
        PARSERS.forEach(parser -> check(parser, text));
    }

    private static void check(Function<String, ?> parser, String text) {
        Object read;
        try {
            read = parser.apply(text);
        } catch (IllegalArgumentException refusal) {
            return;
        }
        Object again = parser.apply(read.toString());
        if (!again.equals(read)) {
            throw new AssertionError(text + " is read as " + read + ", which is read as " + again);
        }
    }
}
