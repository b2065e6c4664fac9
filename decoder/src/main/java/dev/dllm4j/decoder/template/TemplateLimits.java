package dev.dllm4j.decoder.template;

import java.time.Duration;

/**
 * What one template may take. A breach ends parsing or rendering with a {@link TemplateException}.
 *
 * @param templateCharacters length of the template itself
 * @param steps expressions and statements evaluated, elements visited, and one for every 256 characters read
 * @param outputCharacters length of the rendered text
 * @param builtCharacters total length of all values made on the way, garbage included; an element of a list counts as 16
 * @param depth how deeply tags and brackets nest in the template, a quarter of how deeply evaluation may nest (macros,
 *     recursive loops, values inside values)
 * @param time wall-clock time of one rendering
 */
public record TemplateLimits(
        int templateCharacters, long steps, int outputCharacters, long builtCharacters, int depth, Duration time) {
    public static final TemplateLimits DEFAULT =
            new TemplateLimits(262_144, 2_000_000, 8_000_000, 32_000_000, 100, Duration.ofSeconds(10));

    public TemplateLimits {
        atLeastOne("templateCharacters", templateCharacters);
        atLeastOne("steps", steps);
        atLeastOne("outputCharacters", outputCharacters);
        atLeastOne("builtCharacters", builtCharacters);
        atLeastOne("depth", depth);
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("time is " + time + "; it must be positive");
        }
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
        }
    }
}
