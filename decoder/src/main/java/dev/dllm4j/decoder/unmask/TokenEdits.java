package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.spec.Spec;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold.Ties;
import java.nio.IntBuffer;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Tokens may be edited until their block closes (LLaDA2.1). Which masks commit is another strategy's to say; of the same
 * forward, a committed token of the open part gives way to a token that the model now prefers with a probability above the
 * threshold. Prompt, given text and closed parts stand. A filled part stays open for a number of further forwards, the
 * post steps, and closes before where one of them edits nothing.
 *
 * @param threshold that the probability of another token has to exceed, compared in float32; 0 edits whatever differs, 1
 *     nothing
 * @param postSteps forwards of a filled part that may edit
 * @param steps forwards with masks after which a filled part closes without further ones, as under diffusers'
 *     {@code num_inference_steps}; 0 for no such end
 * @param reading whose rule says when a filled part closes
 * @param then which masks commit
 * @see <a href="https://github.com/inclusionAI/LLaDA2.X">LLaDA2.1: Speeding Up Text Diffusion via Token Editing</a>
 */
public record TokenEdits(double threshold, int postSteps, int steps, Reading reading, UnmaskingStrategy then)
        implements UnmaskingStrategy {
    /** Those of the model's card for quality. */
    private static final double THRESHOLD = 0.5;

    private static final double COMMIT_THRESHOLD = 0.7;
    private static final int POST_STEPS = 16;
    private static final int MOST_POST_STEPS = 1000;

    /** Whose rule says when a filled part closes. */
    public enum Reading {
        /**
         * After so many post steps; before where one edits nothing, or leaves the part as it was at an earlier one: what
         * the model says would then go round in a circle until the post steps are used up.
         */
        OWN,
        /** After so many post steps; before where one edits nothing (LLaDA2.1's {@code generate}). */
        HF,
        /**
         * One post step more than is said; edits are off at thresholds of 0 and below, which leaves one post step
         * (diffusers {@code BlockRefinementScheduler}).
         */
        DIFFUSERS,
        /** After a forward that edits nothing, which also follows the last post step (SGLang {@code JointThreshold}). */
        SGLANG
    }

    public TokenEdits {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException(
                    "threshold is " + threshold + "; it must be a finite number, e.g. " + THRESHOLD);
        }
        if (postSteps < 0 || postSteps > MOST_POST_STEPS) {
            throw new IllegalArgumentException("post is " + postSteps + "; it must be within [0, " + MOST_POST_STEPS
                    + "] forwards, e.g. " + POST_STEPS);
        }
        if (steps < 0) {
            throw new IllegalArgumentException("steps is " + steps + "; it must be at least 1, or 0 for no limit");
        }
        if (steps > 0 && reading != Reading.DIFFUSERS) {
            throw new IllegalArgumentException("steps is " + steps + " and reading is " + word(reading)
                    + "; diffusers alone closes after a number of steps, so leave it out or use reading=diffusers");
        }
        if (then.revisions() > 0 || then.edits()) {
            throw new IllegalArgumentException("then is " + then
                    + ", which changes committed tokens itself; name a rule whose commits stand, e.g."
                    + " threshold(0.7,equal=waits)");
        }
    }

    /** With the rule of this project and no limit on the forwards with masks. */
    public TokenEdits(double threshold, int postSteps, UnmaskingStrategy then) {
        this(threshold, postSteps, 0, Reading.OWN, then);
    }

    /** Reads {@code edit(0.5,post=16,reading=hf,then=threshold(0.7,equal=waits))}. */
    static TokenEdits parse(Spec spec, FilterSource filters) {
        spec.only("threshold", "post", "steps", "reading", "then");
        String inner = spec.text("then");
        return new TokenEdits(
                spec.number("threshold", THRESHOLD),
                spec.integer("post", POST_STEPS),
                spec.integer("steps", 0),
                spec.choice("reading", Reading.OWN),
                inner.isEmpty()
                        ? new ConfidenceThreshold(COMMIT_THRESHOLD, Ties.FIRST, Equal.WAITS)
                        : UnmaskingStrategy.parse(inner, filters));
    }

    @Override
    public UnmaskingStrategy of(ModelOrigin model) {
        return new TokenEdits(threshold, postSteps, steps, reading, then.of(model));
    }

    @Override
    public Optional<String> doubt(ModelOrigin model) {
        return then.doubt(model);
    }

    @Override
    public Selector start(Plan plan) {
        return new Editing(then.start(plan));
    }

    @Override
    public int emptySteps(Plan plan) {
        return then.emptySteps(plan);
    }

    @Override
    public boolean edits() {
        return true;
    }

    /** Forwards of a filled part, those included that edit nothing. */
    @Override
    public int postSteps() {
        return reading == Reading.DIFFUSERS || reading == Reading.SGLANG ? postSteps + 1 : postSteps;
    }

    @Override
    public boolean readsMargins() {
        return then.readsMargins();
    }

    @Override
    public boolean proposesTokens() {
        return then.proposesTokens();
    }

    @Override
    public String toString() {
        return "edit(threshold=" + threshold + ",post=" + postSteps + (steps == 0 ? "" : ",steps=" + steps)
                + (reading == Reading.OWN ? "" : ",reading=" + word(reading)) + ",then=" + then + ")";
    }

    private static String word(Reading reading) {
        return reading.name().toLowerCase(Locale.ROOT);
    }

    private final class Editing implements Selector {
        private final Selector inner;
        private final Positions replaceable = new Positions(8);
        private int part = -1;
        /** Forwards of the part that had masks. */
        private int maskedForwards;
        /** Forwards since its last mask. */
        private int postForwards;

        private boolean edited;
        /** What the filled part was. */
        private final Set<IntBuffer> seen = new HashSet<>();

        Editing(Selector inner) {
            this.inner = inner;
        }

        @Override
        public void demand(Canvas canvas, Part current, Positions open, Demand demand) {
            if (!open.isEmpty()) {
                inner.demand(canvas, current, open, demand);
            }
            replaceable.clear();
            for (int position = current.start(); position < current.end(); position++) {
                if (canvas.replaceable(position)) {
                    replaceable.add(position);
                }
            }
            demand.addMissing(replaceable);
        }

        @Override
        public void select(StepView view, Positions chosen) {
            enter(view);
            if (view.open().isEmpty()) {
                postForwards++;
            } else {
                maskedForwards++;
                inner.select(view, chosen);
            }
        }

        private void enter(StepView view) {
            if (view.part().index() != part) {
                part = view.part().index();
                maskedForwards = 0;
            }
            if (!view.open().isEmpty()) {
                postForwards = 0;
                seen.clear();
            }
        }

        @Override
        public void replace(StepView view, Positions replaced) {
            if (mayEdit()) {
                for (int i = 0; i < replaceable.size(); i++) {
                    if (differs(view, replaceable.get(i))) {
                        replaced.add(replaceable.get(i));
                    }
                }
            }
            edited = !replaced.isEmpty();
        }

        private boolean mayEdit() {
            return switch (reading) {
                case OWN, HF -> true;
                case DIFFUSERS -> threshold > 0;
                case SGLANG -> postForwards <= postSteps;
            };
        }

        private boolean differs(StepView view, int position) {
            Predictions predictions = view.predictions();
            int slot = predictions.slotOf(position);
            return predictions.present(slot)
                    && predictions.confidence(slot) > (float) threshold
                    && predictions.token(slot) != view.canvas().token(position);
        }

        @Override
        public boolean closes(StepView view) {
            boolean settled = postForwards > 0 && !edited;
            boolean used = postForwards >= postSteps() || (steps > 0 && maskedForwards >= steps);
            return settled || used || (reading == Reading.OWN && !seen.add(tokens(view)));
        }

        private static IntBuffer tokens(StepView view) {
            return IntBuffer.wrap(
                    view.canvas().tokens(view.part().start(), view.part().end()));
        }

        @Override
        public boolean accepted(int position) {
            return inner.accepted(position);
        }
    }
}
