package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.StepView;

/**
 * Every position whose confidence is above the threshold, if those are at least as many as a whole block's share of the
 * step, else as many as that (SDAR {@code generate.py}, {@code low_confidence_dynamic}; LLaDA2.0 {@code generate};
 * diffusers' {@code BlockRefinementScheduler}). Its relatives in lmdeploy and SGLang, which have no share and always take
 * the most confident one, are a {@link ConfidenceThreshold}.
 *
 * <p>SDAR's original commits the share also where fewer masks are left, and then overwrites given tokens. Here only masks
 * commit, as in LLaDA2.0's.
 *
 * @param threshold bar that a confidence has to exceed, compared in float32; above 1 it is never exceeded
 * @param steps of a whole block
 * @param minimalTopK what LLaDA2.0 calls so: a block has no more steps than this number goes into the gen length; 0 says
 *     nothing of them
 * @param fallback what commits where too few exceed the threshold
 * @see <a href="https://arxiv.org/abs/2510.06303">SDAR: A Synergistic Diffusion-AutoRegression Paradigm for Scalable
 *     Sequence Generation</a>
 */
public record DynamicSchedule(double threshold, int steps, int minimalTopK, Fallback fallback)
        implements UnmaskingStrategy {
    /** That of the authors' script. */
    static final double THRESHOLD = 0.85;

    /** What commits where too few positions exceed the threshold. */
    public enum Fallback {
        /** The most confident ones (SDAR). */
        BEST,
        /**
         * The masks among as many positions from the first mask on, which may be fewer; confident ones after them wait
         * (JetEngine {@code scheduler.py}).
         */
        LEFTMOST
    }

    public DynamicSchedule {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException(
                    "threshold is " + threshold + "; it must be a finite number, e.g. " + THRESHOLD);
        }
        BlockQuota.requireSteps(steps);
        if (minimalTopK < 0) {
            throw new IllegalArgumentException(
                    "minimal-topk is " + minimalTopK + "; it must be at least 1, or 0 to leave the steps as they are");
        }
    }

    /** In its steps, whatever the gen length. */
    public DynamicSchedule(double threshold, int steps, Fallback fallback) {
        this(threshold, steps, 0, fallback);
    }

    /** With the most confident ones where too few exceed the threshold. */
    public DynamicSchedule(double threshold, int steps) {
        this(threshold, steps, Fallback.BEST);
    }

    @Override
    public Selector start(Plan plan) {
        BlockQuota quota = new BlockQuota(plan.partLength(), stepsOf(plan));
        return new Barred((ranking, view, chosen) -> select(ranking, quota.next(view), view, chosen));
    }

    private int stepsOf(Plan plan) {
        if (minimalTopK > plan.genLength()) {
            throw new IllegalArgumentException("minimal-topk is " + minimalTopK + " and gen length " + plan.genLength()
                    + ", which leaves no step; use minimal-topk " + plan.genLength() + " or less");
        }
        return minimalTopK == 0 ? steps : Math.min(steps, plan.genLength() / minimalTopK);
    }

    private void select(OpenRanking ranking, int due, StepView view, Positions chosen) {
        ranking.rank(view, view.predictions()::confidence);
        int passing = 0;
        while (passing < ranking.size() && ranking.score(passing) > (float) threshold) {
            passing++;
        }
        if (passing >= due || fallback == Fallback.BEST) {
            for (int rank = 0; rank < Math.min(Math.max(passing, due), ranking.size()); rank++) {
                ranking.add(rank, rank < passing, chosen);
            }
            return;
        }
        ranking.rankFromLeft(view);
        long end = (long) ranking.position(0) + due;
        for (int rank = 0; rank < ranking.size() && ranking.position(rank) < end; rank++) {
            int slot = view.predictions().slotOf(ranking.position(rank));
            ranking.add(rank, view.predictions().confidence(slot) > (float) threshold, chosen);
        }
    }

    @Override
    public String toString() {
        return "dynamic(" + threshold + ",steps=" + steps
                + (minimalTopK == 0 ? "" : ",minimal-topk=" + minimalTopK)
                + (fallback == Fallback.BEST ? ")" : ",fallback=leftmost)");
    }
}
