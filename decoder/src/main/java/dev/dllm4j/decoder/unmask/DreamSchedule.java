package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.spec.Bound;
import java.util.Locale;

/**
 * The positions the model is surest of, as many at each step as a diffusion's time grid says: of m masks the whole part
 * of m · (1 − s / t), with t falling to s, and all that are left at the last step (Dream {@code generation_utils.py}:
 * {@code maskgit_plus}, {@code topk_margin} and {@code entropy}). The first step of a long schedule commits nothing.
 *
 * @param by what is meant by sure, read from the distribution that tokens are drawn from
 * @param algTemp 0 takes the surest, above 0 draws positions without replacement from softmax(certainty / algTemp)
 * @param eps where the grid ends, within [0, 1): the larger, the more of the tokens wait for a part's last step
 * @see <a href="https://arxiv.org/abs/2508.15487">Dream 7B: Diffusion Large Language Models</a>
 */
public record DreamSchedule(Certainty by, double algTemp, double eps) implements UnmaskingStrategy {
    /** The original's end of the grid. */
    public static final double EPS = 1e-3;

    public DreamSchedule {
        if (algTemp != 0) {
            Bound.ALG_TEMP.require(algTemp);
        }
        Bound.EPS.require(eps);
    }

    /** On the original's grid. */
    public DreamSchedule(Certainty by, double algTemp) {
        this(by, algTemp, EPS);
    }

    @Override
    public Selector start(Plan plan) {
        return new Surest(by, algTemp, new TimeGrid(plan.gridStepsPerPart(), (float) eps));
    }

    /** Every step of a part but its last may be due less than one token. */
    @Override
    public int emptySteps(Plan plan) {
        return plan.parts() * (plan.gridStepsPerPart() - 1);
    }

    @Override
    public boolean readsMargins() {
        return by == Certainty.MARGIN;
    }

    @Override
    public String toString() {
        return "dream-schedule(by=" + by.name().toLowerCase(Locale.ROOT) + ",alg-temp=" + algTemp
                + (eps == EPS ? ")" : ",eps=" + eps + ")");
    }

    private static final class Surest implements Planned {
        private final OpenRanking ranking = new OpenRanking();
        private final Certainty by;
        private final double algTemp;
        private final TimeGrid grid;
        private int part = -1;
        private int stepOfPart;

        Surest(Certainty by, double algTemp, TimeGrid grid) {
            this.by = by;
            this.algTemp = algTemp;
            this.grid = grid;
        }

        @Override
        public void select(StepView view, Positions chosen) {
            ranking.rank(view, slot -> score(view, slot));
            Part current = view.part();
            if (current.index() != part) {
                part = current.index();
                stepOfPart = 0;
            }
            ranking.addFirst(grid.due(view.canvas().masks(current.start(), current.end()), stepOfPart++), chosen);
        }

        /** With Gumbel noise the largest scores are a draw without replacement. */
        private float score(StepView view, int slot) {
            float certainty = by.of(view.predictions(), slot);
            if (algTemp == 0) {
                return certainty;
            }
            double noise = view.noise().gumbel(view.step(), view.predictions().position(slot), Noise.NO_TOKEN);
            return (float) (certainty / algTemp + noise);
        }
    }
}
