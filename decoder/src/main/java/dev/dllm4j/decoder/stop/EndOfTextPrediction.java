package dev.dllm4j.decoder.stop;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;

/**
 * The canvas ends where the model predicts the text's end, committed or not: behind the first end token that the
 * strategy accepted in this step, or in the part that this step closed where tokens may be edited; else behind the most
 * confident end token predicted for any mask, however unsure (Learn2PD {@code generate_l2p_eot}). The mask there stays and
 * is decoded later; every step may cut again.
 *
 * @see <a href="https://arxiv.org/abs/2509.25188">Learning to Parallel: Accelerating Diffusion LLMs via Learnable
 *     Parallel Decoding</a>
 */
public record EndOfTextPrediction() implements StopRule {
    @Override
    public Watch start(ModelSpec model) {
        return new Predicted(model);
    }

    @Override
    public String toString() {
        return "eotp";
    }

    private static final class Predicted implements Watch {
        private static final int NONE = -1;

        private final ModelSpec model;
        /** Those of the whole canvas, before the step's commits. */
        private final Positions masks = new Positions(1);

        Predicted(ModelSpec model) {
            this.model = model;
        }

        @Override
        public void demand(Canvas canvas, Demand demand) {
            masks.clear();
            canvas.addMasks(canvas.promptLength(), canvas.length(), canvas.length(), masks);
            demand.addMissing(masks);
        }

        @Override
        public Tail after(StepView view, Positions accepted) {
            int end = firstAccepted(view.canvas(), accepted);
            if (end == NONE) {
                end = mostConfident(view.predictions());
            }
            return end == NONE ? new Tail.Keep() : new Tail.Truncate(end + 1);
        }

        private int firstAccepted(Canvas canvas, Positions accepted) {
            return accepted.stream()
                    .filter(position -> model.endTokens().contains(canvas.token(position)))
                    .min()
                    .orElse(NONE);
        }

        private int mostConfident(Predictions predictions) {
            int best = NONE;
            float confidence = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < masks.size(); i++) {
                int slot = predictions.slotOf(masks.get(i));
                if (endsText(predictions, slot) && predictions.confidence(slot) > confidence) {
                    best = masks.get(i);
                    confidence = predictions.confidence(slot);
                }
            }
            return best;
        }

        private boolean endsText(Predictions predictions, int slot) {
            return predictions.present(slot) && model.endTokens().contains(predictions.token(slot));
        }
    }
}
