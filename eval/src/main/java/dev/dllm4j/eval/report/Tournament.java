package dev.dllm4j.eval.report;

import dev.dllm4j.eval.PairedComparison;
import dev.dllm4j.eval.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Runs over the same questions, set against each other.
 *
 * @param runs at least one
 */
public record Tournament(List<Summary> runs) {
    public Tournament {
        runs = List.copyOf(runs);
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("runs are none; name folders with finished runs");
        }
        runs.forEach(runs.get(0)::with); // the same questions, or it is refused
    }

    /** The most accurate run; among equals the fastest. */
    public Summary best() {
        return runs.stream()
                .max(Comparator.comparingDouble(Summary::accuracy).thenComparing(Tournament::speed))
                .orElseThrow();
    }

    /**
     * The fastest run, by questions a second, that loses at most so much against the most accurate one.
     *
     * @param points of accuracy, 0 or above
     */
    public Summary recommended(double points) {
        if (!(points >= 0)) {
            throw new IllegalArgumentException("recommend is " + points + "; it must be 0 or above, in points");
        }
        double least = best().accuracy() - points / 100 - 1e-12;
        return runs.stream()
                .filter(run -> run.accuracy() >= least)
                .max(Comparator.comparingDouble(Tournament::speed))
                .orElseThrow();
    }

    /** What the recommendation loses and gains, and the options to paste. */
    public String recommendation(double points) {
        Summary run = recommended(points);
        PairedComparison comparison = best().with(run);
        return "fastest within " + Column.fixed(points, 1) + " points of " + best().name() + ": " + run.name() + ", "
                + comparison + ", " + Column.fixed(speed(run) / speed(best()), 2) + " times as fast\n"
                + "  " + options(run);
    }

    /** Whether no other run is at least as good in both and better in one. */
    boolean onFront(Summary run, ToDoubleFunction<Summary> speed) {
        return runs.stream()
                .noneMatch(other -> other.accuracy() >= run.accuracy()
                        && speed.applyAsDouble(other) >= speed.applyAsDouble(run)
                        && (other.accuracy() > run.accuracy()
                                || speed.applyAsDouble(other) > speed.applyAsDouble(run)));
    }

    /** Runs of one method, which differ in its numbers alone: same rule, cache and model. */
    Map<String, List<Summary>> methods() {
        Map<String, List<Summary>> methods = new LinkedHashMap<>();
        boolean severalModels = several("model");
        boolean severalCaches = several("cache");
        for (Summary run : runs) {
            List<String> name = new ArrayList<>();
            name.add(rule(run.setting("strategy")));
            if (severalCaches) {
                name.add(rule(run.setting("cache")));
            }
            if (severalModels) {
                name.add(run.setting("model"));
            }
            methods.computeIfAbsent(String.join(", ", name), key -> new ArrayList<>())
                    .add(run);
        }
        return methods;
    }

    /** Accuracy under parallelism of each method; none where no run is ever right. */
    public Map<String, Double> areas() {
        Map<String, Double> areas = new LinkedHashMap<>();
        if (best().accuracy() > 0) {
            methods()
                    .forEach((method, members) -> areas.put(
                            method,
                            Parallelism.area(
                                    members.stream()
                                            .map(run ->
                                                    new Parallelism.Point(run.tokensPerForward(), 100 * run.accuracy()))
                                            .toList(),
                                    100 * best().accuracy())));
        }
        return areas;
    }

    /** The table, in Markdown. */
    public String table() {
        return Report.table(
                runs,
                List.of(
                        "strategy",
                        "cache",
                        "correct",
                        "interval",
                        "forwards",
                        "tokens_per_forward",
                        "tokens_per_second",
                        "rows_saved"));
    }

    /** The command line that decodes like a run, or who did. */
    private static String options(Summary run) {
        if (!run.setting("server").isEmpty()) {
            return "asked at " + run.setting("server") + ", model " + run.setting("model");
        }
        return "./dllm4j generate \"…\" --model " + run.setting("model") + " --strategy \"" + run.setting("strategy")
                + "\" --cache \"" + run.setting("cache") + "\" --window \"" + run.setting("window") + "\" --stop "
                + run.setting("stop") + " --gen-length " + run.setting("gen_length");
    }

    private boolean several(String key) {
        return runs.stream().map(run -> run.setting(key)).distinct().count() > 1;
    }

    private static String rule(String spec) {
        int bracket = spec.indexOf('(');
        return bracket <= 0 ? spec : spec.substring(0, bracket);
    }

    private static double speed(Summary run) {
        return run.json().path("items_per_second").doubleValue();
    }
}
