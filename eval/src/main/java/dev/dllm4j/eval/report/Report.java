package dev.dllm4j.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.template.Template;
import dev.dllm4j.decoder.template.TemplateException;
import dev.dllm4j.decoder.template.TemplateFilter;
import dev.dllm4j.decoder.template.TemplateLimits;
import dev.dllm4j.decoder.template.TemplateOptions;
import dev.dllm4j.eval.Summary;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fills a Markdown template with figures from result files. The template is Jinja; besides Jinja's own filters it has
 *
 * <ul>
 *   <li>{@code {{ "starter-128/*" | table("strategy, correct, forwards, against", against="starter-128/schedule__none") }}}:
 *       a Markdown table, a row a run; several patterns in a list keep their order, {@code name=heading} renames a column
 *   <li>{@code {{ "starter-128/schedule__none" | cell("correct") }}}: one cell of such a table
 *   <li>{@code {{ ("starter-128/schedule__none" | run).forwards }}}: a run's {@code summary.json}, {@code runs} a list of
 *       them
 *   <li>{@code {{ "wall/five.json" | bench }}}: a Markdown table of what {@code dllm4j bench} measured
 *   <li>{@code {{ ("wall/five.json" | json).systems[1].wall_speedup | fixed(1) }}}: any JSON file
 *   <li>{@code {{ ("cache.json" | jmh("CacheBenchmark.step(rows=32)")).score | fixed(1) }}}: a measurement of JMH
 *   <li>{@code {{ x | fixed(2) }}, {{ x | percent }}}: numbers, with separators of thousands; shares as percent
 * </ul>
 *
 * A name that nothing has is an error, never an empty cell.
 */
public final class Report {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ResultFiles files;
    private final Map<String, TemplateFilter> filters = new HashMap<>();

    /** @param results the folder that the template's names are below */
    public Report(Path results) {
        this.files = new ResultFiles(results);
        register("table", this::table);
        register(
                "cell",
                (value, arguments) -> Column.named(arguments.text(0), arguments.run("against", files))
                        .cell()
                        .apply(files.run(text(value))));
        register("run", (value, arguments) -> plain(files.run(text(value)).json()));
        register(
                "runs",
                (value, arguments) ->
                        runs(value).stream().map(run -> plain(run.json())).toList());
        register("json", (value, arguments) -> plain(files.json(text(value))));
        register("bench", (value, arguments) -> systems(files.json(text(value))));
        register("jmh", (value, arguments) -> plain(Jmh.measurement(files.json(text(value)), arguments.text(0))));
        register("fixed", (value, arguments) -> Column.fixed(number(value), Integer.parseInt(arguments.text(0))));
        register("percent", (value, arguments) -> Column.percent(number(value)));
    }

    /**
     * Fills a template.
     *
     * @throws IllegalArgumentException where it is at fault, or names what is not there
     */
    public String fill(String template) {
        var options = new TemplateOptions(TemplateLimits.DEFAULT, true, true, filters, Clock.systemUTC());
        try {
            return Template.parse(template, options).render(Map.of());
        } catch (TemplateException e) {
            throw new IllegalArgumentException("template, line " + e.line() + ": " + e.reason(), e);
        }
    }

    private String table(Object value, Arguments arguments) {
        List<Column> columns = new ArrayList<>();
        for (String name : arguments.text(0).split(",", -1)) {
            columns.add(Column.named(name.strip(), arguments.run("against", files)));
        }
        return rows(runs(value), columns);
    }

    /** A table of runs in Markdown, with the columns of these names. */
    static String table(List<Summary> runs, List<String> columns) {
        return rows(
                runs,
                columns.stream()
                        .map(name -> Column.named(name, Optional.empty()))
                        .toList());
    }

    private static String rows(List<Summary> runs, List<Column> columns) {
        StringBuilder table = new StringBuilder();
        row(table, columns.stream().map(Column::heading).toList());
        row(table, columns.stream().map(column -> "---").toList());
        for (Summary run : runs) {
            row(table, columns.stream().map(column -> column.cell().apply(run)).toList());
        }
        return table.toString().stripTrailing();
    }

    /** The systems of a measurement of wall clock. */
    private static String systems(JsonNode measured) {
        StringBuilder table = new StringBuilder();
        row(table, List.of("system", "correct", "forwards an item", "times as few", "median seconds", "times as fast"));
        row(table, Collections.nCopies(6, "---"));
        for (JsonNode system : measured.path("systems")) {
            row(
                    table,
                    List.of(
                            system.path("name").asText(),
                            system.path("correct").asText() + " of "
                                    + measured.path("items").asText(),
                            Column.fixed(system.path("mean_forwards").doubleValue(), 1),
                            Column.fixed(system.path("forward_speedup").doubleValue(), 1),
                            Column.fixed(system.path("median_seconds").doubleValue(), 2),
                            Column.fixed(system.path("wall_speedup").doubleValue(), 2)));
        }
        return table.toString().stripTrailing();
    }

    private static void row(StringBuilder table, List<String> cells) {
        table.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private List<Summary> runs(Object names) {
        List<?> patterns = names instanceof List<?> list ? list : List.of(names);
        return patterns.stream()
                .flatMap(pattern -> files.runs(text(pattern)).stream())
                .toList();
    }

    private void register(String name, Figure figure) {
        filters.put(name, (value, positional, named) -> figure.show(value, new Arguments(positional, named)));
    }

    /** A filter that shows a figure, from what stands before the bar, and in the brackets. */
    @FunctionalInterface
    private interface Figure {
        Object show(Object value, Arguments arguments);
    }

    private static String text(Object value) {
        if (value instanceof CharSequence characters) {
            return characters.toString();
        }
        throw new IllegalArgumentException(value + " is no name; put it in quotes");
    }

    private static double number(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException(value + " is no number; check its name");
    }

    /** Maps, lists, texts and numbers, as Jinja knows them. */
    private static Object plain(JsonNode json) {
        return Optional.ofNullable(MAPPER.convertValue(json, Object.class)).orElse("");
    }

    /** What stands in a filter's brackets. */
    record Arguments(List<Object> positional, Map<String, Object> named) {
        Arguments {
            positional = List.copyOf(positional);
            named = Map.copyOf(named);
        }

        String text(int index) {
            if (index >= positional.size()) {
                throw new IllegalArgumentException("argument " + (index + 1) + " is missing; give it in the brackets");
            }
            return String.valueOf(positional.get(index));
        }

        Optional<Summary> run(String name, ResultFiles files) {
            return Optional.ofNullable(named.get(name)).map(value -> files.run(String.valueOf(value)));
        }
    }
}
