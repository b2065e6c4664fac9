package dev.dllm4j.decoder.model;

/**
 * How predictions are read off the rows after the last layer.
 *
 * @param shifted whether row p predicts position p + 1 (the row of position 0 predicts itself, too)
 * @param filteredConfidence whether confidence is read from the tempered, filtered distribution instead of the model's
 *     own
 * @param topKFirst whether top-k cuts before top-p sums up, instead of after it
 */
public record Readout(boolean shifted, boolean filteredConfidence, boolean topKFirst) {
    /** With top-p before top-k. */
    public Readout(boolean shifted, boolean filteredConfidence) {
        this(shifted, filteredConfidence, false);
    }

    /** The row whose logits predict {@code position} when every position is computed. */
    public int predictorOf(int position) {
        return shifted && position > 0 ? position - 1 : position;
    }
}
