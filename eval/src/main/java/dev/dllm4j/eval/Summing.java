package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Sums a run up: the content of {@code summary.json}. */
final class Summing {
    private Summing() {}

    /** @param wall time that the run took, resumed or not */
    static ObjectNode json(ObjectNode about, ObjectNode surroundings, Exam exam, RunFolder run, Duration wall) {
        List<JsonNode> lines =
                exam.questions().questions().stream().map(run::line).toList();
        return json(about, surroundings, lines, wall);
    }

    /** @param lines in the order of the questions */
    static ObjectNode json(ObjectNode about, ObjectNode surroundings, List<JsonNode> lines, Duration wall) {
        List<Tally> items = lines.stream().map(Tally::of).toList();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.setAll(about);
        json.set("surroundings", surroundings);
        totals(json, items.stream().reduce(Tally.NOTHING, Tally::plus), wall.toMillis() / 1e3);
        json.put("strict_by_item", verdicts(items, false));
        json.put("flexible_by_item", verdicts(items, true));
        ArrayNode forwards = json.putArray("forwards_by_item");
        ArrayNode tokens = json.putArray("completion_tokens_by_item");
        for (Tally item : items) {
            forwards.add(item.forwards());
            tokens.add(item.completionTokens());
        }
        return json;
    }

    private static void totals(ObjectNode json, Tally total, double seconds) {
        Wilson interval = Wilson.of(total.correct(), total.items());
        json.put("items", total.items());
        json.put("skipped", total.skipped());
        json.put("failed", total.failed());
        json.put("empty", total.empty());
        json.put("correct", total.correct());
        json.put("accuracy", total.accuracy());
        json.put("accuracy_low", interval.low());
        json.put("accuracy_high", interval.high());
        json.put("flexible_correct", total.flexible());
        json.put("flexible_accuracy", total.flexibleAccuracy());
        json.put("forwards", total.forwards());
        json.put("mean_forwards", total.meanForwards());
        json.put("completion_tokens", total.completionTokens());
        json.put("mean_completion_tokens", total.meanCompletionTokens());
        json.put("tokens_per_forward", total.tokensPerForward());
        json.put("prompt_tokens", total.promptTokens());
        json.put("unknown_share", total.unknownShare());
        json.put("rows_computed", total.rowsComputed());
        json.put("rows_full", total.rowsFull());
        json.put("rows_saved", total.rowsSaved());
        json.put("wall_seconds", seconds);
        json.put("tokens_per_second", seconds == 0 ? 0 : total.completionTokens() / seconds);
        json.put("items_per_second", seconds == 0 ? 0 : total.items() / seconds);
    }

    /** A character an item: 1 right, 0 wrong, - skipped or failed. */
    private static String verdicts(List<Tally> items, boolean flexible) {
        return items.stream()
                .map(item -> item.skipped() + item.failed() > 0
                        ? "-"
                        : Integer.toString(flexible ? item.flexible() : item.correct()))
                .collect(Collectors.joining());
    }
}
