package dev.dllm4j.eval;

/**
 * What a number of questions came to.
 *
 * @param items questions asked, the skipped ones included
 * @param skipped questions that did not fit the model's context; they count as wrong
 * @param correct questions whose number was right
 * @param forwards passes through the model
 * @param completionTokens ids that the outputs were made of
 * @param rowsComputed rows that went through the layers
 * @param rowsFull rows that would have gone through, had every forward computed its whole canvas
 */
public record Tally(
        int items, int skipped, int correct, long forwards, long completionTokens, long rowsComputed, long rowsFull) {
    static final Tally NOTHING = new Tally(0, 0, 0, 0, 0, 0, 0);

    /** Share of all items, within [0, 1]; 0 before the first. */
    public double accuracy() {
        return ratio(correct, items);
    }

    /** Forwards an answered question; 0 before the first. */
    public double meanForwards() {
        return ratio(forwards, items - skipped);
    }

    /** Text tokens a forward, over all questions together; 0 before the first. */
    public double tokensPerForward() {
        return ratio(completionTokens, forwards);
    }

    Tally plus(Tally other) {
        return new Tally(
                items + other.items,
                skipped + other.skipped,
                correct + other.correct,
                forwards + other.forwards,
                completionTokens + other.completionTokens,
                rowsComputed + other.rowsComputed,
                rowsFull + other.rowsFull);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
