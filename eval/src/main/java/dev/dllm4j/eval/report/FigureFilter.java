package dev.dllm4j.eval.report;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A filter of Jinja that shows a figure. */
record FigureFilter(String name, Figure figure) implements AdvancedFilter {
    /** From what stands before the bar, and in the brackets. */
    @FunctionalInterface
    interface Figure {
        Object show(Object value, Report.Arguments arguments);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Object filter(
            @Nullable Object value, JinjavaInterpreter interpreter, Object[] positional, Map<String, Object> named) {
        if (value == null) {
            throw new IllegalArgumentException("what is given to " + name + " does not exist; check its name");
        }
        return figure.show(value, new Report.Arguments(List.of(positional), named));
    }
}
