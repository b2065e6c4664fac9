package dev.dllm4j.decoder.unmask;

import java.util.Locale;

/**
 * The positions the model is surest of, as many at each step as the schedule plans (LLaDA {@code generate.py},
 * low-confidence remasking).
 *
 * @param by what is meant by sure; confidence in the original
 * @see <a href="https://arxiv.org/abs/2502.09992">Large Language Diffusion Models</a>
 */
public record FixedSchedule(Certainty by) implements UnmaskingStrategy {
    /** The original's: by confidence. */
    public FixedSchedule() {
        this(Certainty.CONFIDENCE);
    }

    @Override
    public Selector start(Plan plan) {
        OpenRanking ranking = new OpenRanking();
        Quota quota = new Quota(plan);
        Planned selector = (view, chosen) -> {
            ranking.rank(view, slot -> by.of(view.predictions(), slot));
            ranking.addFirst(quota.next(view), chosen);
        };
        return selector;
    }

    @Override
    public boolean readsMargins() {
        return by == Certainty.MARGIN;
    }

    @Override
    public String toString() {
        return by == Certainty.CONFIDENCE
                ? "schedule"
                : "schedule(by=" + by.name().toLowerCase(Locale.ROOT) + ")";
    }
}
