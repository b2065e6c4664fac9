package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.spec.Bound;
import dev.dllm4j.decoder.spec.Spec;
import java.util.Arrays;
import java.util.Optional;

/**
 * Lets another strategy judge predictions that are fused with their past: a token that was best at its position earns
 * credit at each step, credit decays, and raises the token's logit by alpha · ln(1 + credit) (CreditDecoding; dInfer
 * {@code parallel_strategy.py}, {@code CreditThresholdParallelDecoder}). Credit belongs to a position of the canvas,
 * starts anew with every part and ends where the position commits.
 *
 * <p>Confidence and entropy are those of the fused distribution, exact without a tensor over the vocabulary (see
 * {@link CreditRow}). A margin would need the best token that has no credit, and is refused.
 *
 * @param then judges the fused predictions
 * @see <a href="https://arxiv.org/abs/2510.06133">CreditDecoding: Accelerating Parallel Decoding in Diffusion Large
 *     Language Models with Trace Credits</a>
 */
public record TraceCredits(Rates rates, UnmaskingStrategy then) implements UnmaskingStrategy {
    /** How credit is earned, lost and spent. */
    public sealed interface Rates {
        /** The paper's, tuned on LLaDA. */
        Rates PAPER = new Fixed(0.65, 0.70, 0.20);
        /** Those of the code the authors released in dInfer. */
        Rates RELEASED = new Fixed(0.70, 0.80, 0.20);
    }

    /**
     * The same at every step.
     *
     * @param alpha weight of the credit's logarithm, within [0, 10]; 0 decodes as without credit
     * @param beta what is left of a credit at the next step, within [0, 1]
     * @param gamma power of the best token's probability that is earned
     */
    public record Fixed(double alpha, double beta, double gamma) implements Rates {
        public Fixed {
            Bound.CREDIT_ALPHA.require(alpha);
            Bound.CREDIT_BETA.require(beta);
            Bound.CREDIT_GAMMA.require(gamma);
        }
    }

    /** The paper's variant without parameters: alpha and beta are the committed share of the part, gamma is 1. */
    public record Adaptive() implements Rates {}

    /** What a SPEC calls the rates. */
    private enum Preset {
        PAPER,
        RELEASED,
        ADAPTIVE
    }

    public TraceCredits {
        if (then.readsMargins()) {
            throw new IllegalArgumentException("then is " + then
                    + "; credit knows no second-best token among those without credit, so let it rank by confidence or"
                    + " entropy");
        }
        if (then.proposesTokens()) {
            throw new IllegalArgumentException(
                    "then is " + then + "; credit is counted once, so name the rule that judges, e.g. threshold(0.9)");
        }
    }

    /** Reads {@code credit(alpha=0.65,beta=0.70,gamma=0.20,then=threshold(0.9))} or {@code credit(preset=released)}. */
    static TraceCredits parse(Spec spec, FilterSource filters) {
        spec.only("alpha", "beta", "gamma", "then", "preset");
        String inner = spec.text("then");
        return new TraceCredits(
                rates(spec), inner.isEmpty() ? new ConfidenceThreshold(0.9) : UnmaskingStrategy.parse(inner, filters));
    }

    @Override
    public UnmaskingStrategy of(ModelOrigin model) {
        return new TraceCredits(rates, then.of(model));
    }

    @Override
    public Optional<String> doubt(ModelOrigin model) {
        return then.doubt(model);
    }

    @Override
    public Selector start(Plan plan) {
        return new Fusing(rates, then.start(plan));
    }

    @Override
    public int emptySteps(Plan plan) {
        return then.emptySteps(plan);
    }

    @Override
    public int revisions() {
        return then.revisions();
    }

    @Override
    public boolean edits() {
        return then.edits();
    }

    @Override
    public int postSteps() {
        return then.postSteps();
    }

    @Override
    public boolean proposesTokens() {
        return true;
    }

    @Override
    public String toString() {
        String values = rates instanceof Fixed fixed
                ? "alpha=" + fixed.alpha + ",beta=" + fixed.beta + ",gamma=" + fixed.gamma
                : "preset=adaptive";
        return "credit(" + values + ",then=" + then + ")";
    }

    private static Rates rates(Spec spec) {
        Preset preset = spec.choice("preset", Preset.PAPER);
        if (preset == Preset.ADAPTIVE) {
            if (!(spec.text("alpha") + spec.text("beta") + spec.text("gamma")).isEmpty()) {
                throw new IllegalArgumentException(
                        spec + " has alpha, beta or gamma; the adaptive variant derives them, so leave them out");
            }
            return new Adaptive();
        }
        Fixed named = (Fixed) (preset == Preset.RELEASED ? Rates.RELEASED : Rates.PAPER);
        return new Fixed(
                spec.number("alpha", named.alpha), spec.number("beta", named.beta), spec.number("gamma", named.gamma));
    }

    private static final class Fusing implements Selector {
        private final Rates rates;
        private final Selector inner;
        private int part = -1;
        /** By position. */
        private CreditRow[] rows = {};
        /** Where the demanded candidates begin that are the tokens with credit. */
        private int candidate;

        Fusing(Rates rates, Selector inner) {
            this.rates = rates;
            this.inner = inner;
        }

        @Override
        public void demand(Canvas canvas, Part current, Positions open, Demand demand) {
            inner.demand(canvas, current, open, demand);
            enter(current);
            Positions demanded = demand.positions();
            int perPosition = 0;
            for (int slot = 0; slot < demanded.size(); slot++) {
                perPosition = Math.max(perPosition, row(demanded.get(slot)).size());
            }
            int[] ids = new int[demanded.size() * perPosition];
            Arrays.fill(ids, Demand.NO_CANDIDATE);
            for (int slot = 0; slot < demanded.size(); slot++) {
                CreditRow row = row(demanded.get(slot));
                for (int index = 0; index < row.size(); index++) {
                    ids[slot * perPosition + index] = row.token(index);
                }
            }
            candidate = demand.candidates(perPosition, ids);
        }

        @Override
        public void select(StepView view, Positions chosen) {
            Fixed now = rates instanceof Fixed fixed ? fixed : adapted(view);
            Positions open = view.open();
            for (int i = 0; i < open.size(); i++) {
                CreditRow row = row(open.get(i));
                row.decay(now.beta);
                int slot = view.predictions().slotOf(open.get(i));
                if (view.predictions().present(slot)) {
                    fuse(view.predictions(), slot, row, now);
                }
            }
            inner.select(view, chosen);
            for (int i = 0; i < chosen.size(); i++) {
                row(chosen.get(i)).clear();
            }
        }

        /** Credit ended where a position committed, so that it starts anew where one is taken back. */
        @Override
        public void takeBack(StepView view, Positions back) {
            inner.takeBack(view, back);
        }

        @Override
        public void replace(StepView view, Positions replaced) {
            inner.replace(view, replaced);
        }

        @Override
        public boolean closes(StepView view) {
            return inner.closes(view);
        }

        @Override
        public boolean accepted(int position) {
            return inner.accepted(position);
        }

        private void fuse(Predictions predictions, int slot, CreditRow row, Fixed now) {
            for (int index = 0; index < row.size(); index++) {
                double logit = predictions.candidateLogit(slot, candidate + index);
                row.see(index, logit - predictions.logSumExp(slot));
            }
            double probability = predictions.probability(slot);
            row.earn(predictions.token(slot), Math.pow(probability, now.gamma), Math.log(probability));
            row.fuse(now.alpha, predictions.entropy(slot));
            predictions.fuse(
                    slot, row.best(), (float) row.ownProbability(), (float) row.confidence(), (float) row.entropy());
        }

        private static Fixed adapted(StepView view) {
            Part part = view.part();
            Canvas canvas = view.canvas();
            double masked = (double) canvas.masks(part.start(), part.end()) / (part.end() - part.start());
            return new Fixed(1 - masked, 1 - masked, 1);
        }

        private void enter(Part current) {
            if (current.index() != part) {
                part = current.index();
                for (CreditRow row : rows) {
                    row.clear();
                }
            }
        }

        private CreditRow row(int position) {
            int known = rows.length;
            if (position >= known) {
                rows = Arrays.copyOf(rows, Math.max(position + 1, 2 * known));
                Arrays.setAll(rows, index -> index < known ? rows[index] : new CreditRow());
            }
            return rows[position];
        }
    }
}
