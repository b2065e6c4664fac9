package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.DecodingConfig;
import java.time.Duration;
import java.util.Locale;

/**
 * The result of one run: all questions under one configuration. Prints as one line.
 *
 * @param modelHash identity of the weights
 * @param wall from the first question to the last answer, scoring and writing included
 */
public record Summary(DecodingConfig config, String modelHash, QuestionFile questions, Tally tally, Duration wall) {
    /** The content of {@code summary.json}. */
    ObjectNode json(ObjectNode settings) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("settings", settings);
        json.put("model_sha256", modelHash);
        json.put("dataset", questions.name());
        json.put("dataset_sha256", questions.sha256());
        json.put("items", tally.items());
        json.put("skipped", tally.skipped());
        json.put("correct", tally.correct());
        json.put("accuracy", tally.accuracy());
        json.put("forwards", tally.forwards());
        json.put("mean_forwards", tally.meanForwards());
        json.put("completion_tokens", tally.completionTokens());
        json.put("tokens_per_forward", tally.tokensPerForward());
        json.put("rows_computed", tally.rowsComputed());
        json.put("rows_full", tally.rowsFull());
        json.put("wall_seconds", wall.toMillis() / 1e3);
        return json;
    }

    @Override
    public String toString() {
        String skipped = tally.skipped() == 0 ? "" : ", " + tally.skipped() + " skipped (context)";
        return String.format(
                Locale.ROOT,
                "strategy %s, cache %s: %d of %d correct (%.1f %%)%s; %d forwards, %.1f an item, %.2f tokens a forward;"
                        + " %.1f s",
                config.strategy(),
                config.cache(),
                tally.correct(),
                tally.items(),
                100 * tally.accuracy(),
                skipped,
                tally.forwards(),
                tally.meanForwards(),
                tally.tokensPerForward(),
                wall.toMillis() / 1e3);
    }
}
