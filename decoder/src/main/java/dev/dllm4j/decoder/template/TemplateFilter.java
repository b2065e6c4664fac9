package dev.dllm4j.decoder.template;

import java.util.List;
import java.util.Map;

/** A filter of the host's own, on plain Java values; called by the rendering thread. */
@FunctionalInterface
public interface TemplateFilter {
    /**
     * Applies the filter.
     *
     * @param value what stands before the bar: a String, Long, Double, Boolean, List or Map
     * @return a value of the same kinds
     * @throws IllegalArgumentException where the value or an argument does not fit
     */
    Object apply(Object value, List<Object> positional, Map<String, Object> named);
}
