package dev.dllm4j.decoder.golden;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Set;

/**
 * A strategy that finds no confidence where certain tokens are best, so that these commit last: what dllm's samplers do with
 * {@code begin_suppress_tokens}, whose logits they take away only after the best token is found.
 */
public record SuppressedLast(UnmaskingStrategy strategy, Set<Integer> tokens) implements UnmaskingStrategy {
    @Override
    public Selector start(Plan plan) {
        Selector selector = strategy.start(plan);
        return new Selector() {
            @Override
            public void demand(Canvas canvas, Part part, Positions open, Demand demand) {
                selector.demand(canvas, part, open, demand);
            }

            @Override
            public void select(StepView view, Positions chosen) {
                Predictions predictions = view.predictions();
                view.open().stream().map(predictions::slotOf).forEach(slot -> {
                    if (tokens.contains(predictions.token(slot))) {
                        predictions.fuse(slot, predictions.token(slot), 0, 0, predictions.entropy(slot));
                    }
                });
                selector.select(view, chosen);
            }
        };
    }
}
