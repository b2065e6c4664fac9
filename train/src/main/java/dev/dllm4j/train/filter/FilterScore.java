package dev.dllm4j.train.filter;

import dev.dllm4j.decoder.unmask.FilterNetwork;
import java.util.List;
import java.util.Locale;

/**
 * How well a filter tells final predictions from others.
 *
 * @param accepted predictions it takes for final
 * @param right of them, those that are
 * @param correct predictions that are final, whatever it says
 */
public record FilterScore(long predictions, long accepted, long right, long correct) {
    /**
     * Scores the predictions of records.
     *
     * @param threshold probability that an accepted one exceeds
     * @param maskedOnly whether to leave out positions that are committed already
     */
    public static FilterScore of(
            FilterNetwork network, List<FilterRecord> records, double threshold, boolean maskedOnly) {
        long predictions = 0;
        long accepted = 0;
        long right = 0;
        long correct = 0;
        for (FilterRecord record : records) {
            double[] confidences = new double[record.confidences().length];
            for (int place = 0; place < confidences.length; place++) {
                confidences[place] = record.confidences()[place];
            }
            double[] probabilities = network.probabilities(confidences);
            for (int place = 0; place < confidences.length; place++) {
                if (!maskedOnly || record.masked()[place]) {
                    boolean taken = probabilities[place] > threshold;
                    boolean is = record.correct()[place];
                    predictions++;
                    accepted += taken ? 1 : 0;
                    correct += is ? 1 : 0;
                    right += taken && is ? 1 : 0;
                }
            }
        }
        return new FilterScore(predictions, accepted, right, correct);
    }

    /** Share of the accepted predictions that are final; 1 where none is accepted. */
    public double precision() {
        return accepted == 0 ? 1 : (double) right / accepted;
    }

    /** Share of the final predictions that are accepted; 1 where none is final. */
    public double recall() {
        return correct == 0 ? 1 : (double) right / correct;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "precision %.4f, recall %.4f, of %d predictions %d final",
                precision(),
                recall(),
                predictions,
                correct);
    }
}
