package dev.dllm4j.decoder.golden;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A strategy that finds tokens less likely where they repeat the one before them: what SGLang's {@code JointThreshold} does
 * with {@code penalty_lambda}. The logit of the token that the forward saw one position before is lowered, also where that
 * was a mask; a block's first position knows of none before.
 *
 * @param lambda taken off the logit
 */
public record RepeatPenalty(UnmaskingStrategy strategy, double lambda) implements UnmaskingStrategy {
    /**
     * What is best at a slot.
     *
     * @param probability as the model says
     * @param confidence of it with the penalty
     */
    private record Best(int slot, int token, double probability, double confidence) {}

    @Override
    public boolean edits() {
        return strategy.edits();
    }

    @Override
    public int postSteps() {
        return strategy.postSteps();
    }

    @Override
    public Selector start(Plan plan) {
        Selector selector = strategy.start(plan);
        List<Best> best = new ArrayList<>();
        return new Selector() {
            @Override
            public void demand(Canvas canvas, Part part, Positions open, Demand demand) {
                selector.demand(canvas, part, open, demand);
                best.clear();
                demand.fullRows((slot, logits) -> {
                    int position = demand.positions().get(slot);
                    if (position % plan.partLength() > 0) {
                        best.add(best(slot, logits, canvas.token(position - 1)));
                    }
                });
            }

            @Override
            public void select(StepView view, Positions chosen) {
                Predictions predictions = view.predictions();
                for (Best row : best) {
                    float entropy = predictions.entropy(row.slot());
                    predictions.fuse(
                            row.slot(), row.token(), (float) row.probability(), (float) row.confidence(), entropy);
                }
                selector.select(view, chosen);
            }

            @Override
            public void replace(StepView view, Positions replaced) {
                selector.replace(view, replaced);
            }

            @Override
            public boolean closes(StepView view) {
                return selector.closes(view);
            }
        };
    }

    private Best best(int slot, FloatBuffer logits, int before) {
        int token = 0;
        for (int other = 1; other < logits.capacity(); other++) {
            token = penalised(logits, other, before) > penalised(logits, token, before) ? other : token;
        }
        double plain = 0;
        double lowered = 0;
        for (int other = 0; other < logits.capacity(); other++) {
            plain += Math.exp((double) logits.get(other) - logits.get(token));
            lowered += Math.exp(penalised(logits, other, before) - penalised(logits, token, before));
        }
        return new Best(slot, token, 1 / plain, 1 / lowered);
    }

    private double penalised(FloatBuffer logits, int token, int before) {
        return logits.get(token) - (token == before ? lambda : 0);
    }
}
