package dev.dllm4j.decoder.template;

import java.time.Clock;
import java.time.ZoneId;
import java.util.Map;

/**
 * How a template is read and rendered.
 *
 * @param strict whether printing an undefined value is an error instead of nothing
 * @param keepTrailingNewline whether a newline at the template's very end is part of it
 * @param filters further filters by name
 * @param clock the time that {@code strftime_now} tells
 */
public record TemplateOptions(
        TemplateLimits limits,
        boolean strict,
        boolean keepTrailingNewline,
        Map<String, TemplateFilter> filters,
        Clock clock) {
    /** Chat templates as the Python library {@code transformers} renders them. */
    public static final TemplateOptions CHAT =
            new TemplateOptions(TemplateLimits.DEFAULT, false, false, Map.of(), Clock.system(ZoneId.systemDefault()));

    public TemplateOptions {
        filters = Map.copyOf(filters);
    }

    public TemplateOptions withLimits(TemplateLimits changed) {
        return new TemplateOptions(changed, strict, keepTrailingNewline, filters, clock);
    }

    public TemplateOptions withClock(Clock changed) {
        return new TemplateOptions(limits, strict, keepTrailingNewline, filters, changed);
    }
}
