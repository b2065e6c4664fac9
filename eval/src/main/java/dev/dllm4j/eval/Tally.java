package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a number of questions came to.
 *
 * @param items questions asked, the skipped ones included
 * @param skipped questions that did not fit the model's context; they count as wrong
 * @param failed questions whose decoding or request failed; they count as wrong
 * @param empty questions that a server answered without text; they count as wrong
 * @param correct questions whose answer strict-match found right
 * @param flexible questions whose answer flexible-extract found right
 * @param forwards passes through the model
 * @param promptTokens ids of the prompts
 * @param unknownTokens ids among them that stand for what the vocabulary lacks
 * @param completionTokens ids that the outputs were made of
 * @param rowsComputed rows that went through the layers
 * @param rowsFull rows that would have gone through, had every forward computed its whole canvas
 */
public record Tally(
        int items,
        int skipped,
        int failed,
        int empty,
        int correct,
        int flexible,
        long forwards,
        long promptTokens,
        long unknownTokens,
        long completionTokens,
        long rowsComputed,
        long rowsFull) {
    static final Tally NOTHING = new Tally(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Of one line of {@code items.jsonl}. */
    static Tally of(JsonNode item) {
        JsonNode usage = item.path("usage");
        JsonNode work = usage.path("work");
        return new Tally(
                1,
                item.has("skipped") ? 1 : 0,
                Item.failed(item) ? 1 : 0,
                Item.empty(item) ? 1 : 0,
                item.path("correct").booleanValue() ? 1 : 0,
                item.path("flexible").path("correct").booleanValue() ? 1 : 0,
                work.path("forwards").longValue(),
                usage.path("prompt_tokens").longValue(),
                item.path("unknown_tokens").longValue(),
                usage.path("completion_tokens").longValue(),
                work.path("rows_computed").longValue(),
                work.path("rows_full").longValue());
    }

    /** Share of all items that strict-match finds right, within [0, 1]; 0 before the first. */
    public double accuracy() {
        return ratio(correct, items);
    }

    /** Share of all items that flexible-extract finds right, within [0, 1]; 0 before the first. */
    public double flexibleAccuracy() {
        return ratio(flexible, items);
    }

    /** Forwards an answered question; 0 before the first. */
    public double meanForwards() {
        return ratio(forwards, items - skipped - failed);
    }

    /** Text tokens an answered question; 0 before the first. */
    public double meanCompletionTokens() {
        return ratio(completionTokens, items - skipped - failed);
    }

    /** Text tokens per forward, over all questions together; 0 before the first. */
    public double tokensPerForward() {
        return ratio(completionTokens, forwards);
    }

    /** Share of the rows of whole canvases that no forward computed, within [0, 1]; 0 before the first. */
    public double rowsSaved() {
        return ratio(rowsFull - rowsComputed, rowsFull);
    }

    /** Share of the prompts' ids that stand for what the vocabulary lacks, within [0, 1]; 0 before the first. */
    public double unknownShare() {
        return ratio(unknownTokens, promptTokens);
    }

    Tally plus(Tally other) {
        return new Tally(
                items + other.items,
                skipped + other.skipped,
                failed + other.failed,
                empty + other.empty,
                correct + other.correct,
                flexible + other.flexible,
                forwards + other.forwards,
                promptTokens + other.promptTokens,
                unknownTokens + other.unknownTokens,
                completionTokens + other.completionTokens,
                rowsComputed + other.rowsComputed,
                rowsFull + other.rowsFull);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
