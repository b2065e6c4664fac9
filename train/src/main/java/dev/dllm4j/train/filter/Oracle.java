package dev.dllm4j.train.filter;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Learn2PD's extremely greedy oracle: commits every open position whose prediction is what a plain decoding came to, and
 * records what each step saw. A block whose predictions do not change from one step to the next gets the reference's
 * tokens, so an oracle needs no position to be right.
 *
 * @param reference the generated ids of the plain decoding
 * @param records gets every step's record, on the thread that decodes
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record Oracle(int[] reference, Consumer<FilterRecord> records) implements UnmaskingStrategy {
    @Override
    public Selector start(Plan plan) {
        return new Greedy(reference, records);
    }

    /** One a block: after a step that commits nothing, predictions are the same and the block is filled. */
    @Override
    public int emptySteps(Plan plan) {
        return plan.parts();
    }

    @Override
    public String toString() {
        return "oracle";
    }

    private static final class Greedy implements Selector {
        private final int[] reference;
        private final Consumer<FilterRecord> records;
        private int block = -1;
        private int[] predictedBefore = {};

        Greedy(int[] reference, Consumer<FilterRecord> records) {
            this.reference = reference;
            this.records = records;
        }

        @Override
        public void demand(Canvas canvas, Part part, Positions open, Demand demand) {
            demand.positions().addRange(part.start(), part.end());
        }

        @Override
        public void select(StepView view, Positions chosen) {
            Part part = view.part();
            Predictions predictions = view.predictions();
            int length = part.end() - part.start();
            int[] predicted = new int[length];
            float[] confidences = new float[length];
            boolean[] correct = new boolean[length];
            boolean[] masked = new boolean[length];
            for (int place = 0; place < length; place++) {
                int position = part.start() + place;
                int slot = predictions.slotOf(position);
                predicted[place] = predictions.token(slot);
                confidences[place] = predictions.confidence(slot);
                correct[place] = predicted[place] == wanted(view, position);
                masked[place] = view.canvas().masked(position);
            }
            records.accept(new FilterRecord(confidences, correct, masked));
            boolean stuck = part.index() == block && Arrays.equals(predicted, predictedBefore);
            for (int place = 0; place < length; place++) {
                int position = part.start() + place;
                int slot = predictions.slotOf(position);
                if (masked[place] && (stuck || correct[place])) {
                    predictions.propose(slot, wanted(view, position), predictions.probability(slot));
                    chosen.add(position);
                }
            }
            block = part.index();
            predictedBefore = predicted;
        }

        private int wanted(StepView view, int position) {
            return reference[position - view.canvas().promptLength()];
        }
    }
}
