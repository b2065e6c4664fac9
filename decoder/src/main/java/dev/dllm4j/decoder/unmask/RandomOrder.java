package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;

/**
 * Positions at random, as many at each step as the schedule plans (LLaDA {@code generate.py}, random remasking): the
 * baseline that shows what confidence is worth.
 *
 * @see <a href="https://arxiv.org/abs/2502.09992">Large Language Diffusion Models</a>
 */
public record RandomOrder() implements UnmaskingStrategy {
    @Override
    public Selector start(Plan plan) {
        OpenRanking ranking = new OpenRanking();
        Quota quota = new Quota(plan);
        Planned selector = (view, chosen) -> {
            Predictions predictions = view.predictions();
            Noise noise = view.noise();
            ranking.rank(view, slot -> (float) noise.uniform(view.step(), predictions.position(slot), Noise.NO_TOKEN));
            ranking.addFirst(quota.next(view), chosen);
        };
        return selector;
    }

    @Override
    public String toString() {
        return "random";
    }
}
