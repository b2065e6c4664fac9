package dev.dllm4j.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.eval.PairedComparison;
import dev.dllm4j.eval.Summary;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a table shows of a run.
 *
 * @param heading in Markdown
 * @param cell in Markdown
 */
record Column(String heading, Function<Summary, String> cell) {
    /** Compares with another run; the only column that needs one. */
    static final String AGAINST = "against";

    private static final Map<String, Column> KNOWN = Map.ofEntries(
            column("run", "run", run -> code(run.name())),
            column("strategy", "strategy", run -> code(run.setting("strategy"))),
            column("cache", "cache", run -> code(run.setting("cache"))),
            column("window", "window", run -> code(run.setting("window"))),
            column("model", "model", run -> code(run.setting("model"))),
            column("stop", "stop", run -> code(run.setting("stop"))),
            column("gen_length", "gen length", run -> run.setting("gen_length")),
            column("items", "questions", run -> Integer.toString(run.items())),
            column("correct", "correct", Column::correct),
            column("interval", "95 % interval", Column::interval),
            column("flexible", "flexible-extract", run -> percent(number(run, "flexible_accuracy")) + " %"),
            column("forwards", "forwards an item", run -> fixed(run.meanForwards(), 1)),
            column("tokens_per_forward", "tokens a forward", run -> fixed(run.tokensPerForward(), 2)),
            column("tokens_per_second", "tokens a second", run -> fixed(run.tokensPerSecond(), 1)),
            column("answer_tokens", "tokens an answer", run -> fixed(number(run, "mean_completion_tokens"), 1)),
            column("rows_saved", "rows saved", run -> percent(number(run, "rows_saved")) + " %"),
            column("wall", "wall clock", run -> fixed(number(run, "wall_seconds"), 1) + " s"));

    /** The column of that name, with a heading of one's own behind {@code =} if wanted. */
    static Column named(String name, Optional<Summary> reference) {
        String key = name.split("=", 2)[0].strip();
        Column column = key.equals(AGAINST)
                ? against(reference.orElseThrow(() -> new IllegalArgumentException(
                        "column against has nothing to compare with; name a run, e.g. against=\"schedule__none\"")))
                : KNOWN.get(key);
        if (column == null) {
            throw new IllegalArgumentException("column is " + key + "; known are "
                    + String.join(
                            ", ",
                            Stream.concat(KNOWN.keySet().stream(), Stream.of(AGAINST))
                                    .sorted()
                                    .toList()));
        }
        return name.contains("=") ? new Column(name.split("=", 2)[1].strip(), column.cell) : column;
    }

    private static Column against(Summary reference) {
        String label = reference.setting("strategy");
        return new Column(
                "against " + code(label),
                run -> run.name().equals(reference.name()) ? "" : paired(reference.with(run)));
    }

    /** Points with their interval, and how probable they are by chance. */
    private static String paired(PairedComparison comparison) {
        double probability = comparison.probability();
        return signed(comparison.difference()) + " points [" + signed(comparison.low()) + ", "
                + signed(comparison.high()) + "], p "
                + (probability < 0.001 ? "< 0.001" : "= " + fixed(probability, 3));
    }

    private static String correct(Summary run) {
        return run.correct() + ", " + percent(run.accuracy()) + " %";
    }

    private static String interval(Summary run) {
        return "[" + percent(number(run, "accuracy_low")) + ", " + percent(number(run, "accuracy_high")) + "]";
    }

    /** Shares as percent, to one decimal. */
    static String percent(double share) {
        return fixed(100 * share, 1);
    }

    static String fixed(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    private static String signed(double share) {
        return String.format(Locale.ROOT, "%+.1f", 100 * share).replace('-', '\u2212');
    }

    private static double number(Summary run, String key) {
        JsonNode value = run.json().path(key);
        if (!value.isNumber()) {
            throw new IllegalArgumentException(run.name() + " has no " + key + "; evaluate it again");
        }
        return value.doubleValue();
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }

    private static Map.Entry<String, Column> column(String name, String heading, Function<Summary, String> cell) {
        return Map.entry(name, new Column(heading, cell));
    }
}
