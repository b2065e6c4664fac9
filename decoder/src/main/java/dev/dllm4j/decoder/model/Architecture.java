package dev.dllm4j.decoder.model;

/** The families of masked diffusion models this engine decodes. */
public enum Architecture {
    /** LLaDA: row p predicts position p; confidence is the un-tempered probability of the drawn token. */
    LLADA(false, false),
    /** Dream: row p predicts position p + 1; confidence is the probability after temperature, top-k and top-p. */
    DREAM(true, true);

    private final boolean shiftedLogits;
    private final boolean filteredConfidence;

    Architecture(boolean shiftedLogits, boolean filteredConfidence) {
        this.shiftedLogits = shiftedLogits;
        this.filteredConfidence = filteredConfidence;
    }

    /** Whether row p predicts position p + 1 (the row of position 0 predicts itself, too). */
    public boolean shiftedLogits() {
        return shiftedLogits;
    }

    /** Whether confidence is read from the tempered, filtered distribution instead of the model's own. */
    public boolean filteredConfidence() {
        return filteredConfidence;
    }

    /** The row whose logits predict {@code position} when every position is computed. */
    public int predictorOf(int position) {
        return shiftedLogits && position > 0 ? position - 1 : position;
    }
}
