package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.StepView;

/** Commits what passes a bar and what has to commit, and judges only the former final. Confined to one thread. */
final class Barred implements UnmaskingStrategy.Selector {
    private final OpenRanking ranking = new OpenRanking();
    private final Rule rule;

    /** Ranks a step's positions and chooses of them. */
    interface Rule {
        void select(OpenRanking ranking, StepView view, Positions chosen);
    }

    Barred(Rule rule) {
        this.rule = rule;
    }

    @Override
    public void select(StepView view, Positions chosen) {
        rule.select(ranking, view, chosen);
    }

    @Override
    public boolean accepted(int position) {
        return ranking.passed(position);
    }
}
