package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.StepView;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.ToIntFunction;

/**
 * The positions the model is surest of, as many at each step as the schedule plans (LLaDA {@code generate.py},
 * low-confidence remasking).
 *
 * @param by what is meant by sure; confidence in the originals
 * @param rounding how many tokens a step is due
 * @param alpha of dllm's schedule; the other is linear
 * @see <a href="https://arxiv.org/abs/2502.09992">Large Language Diffusion Models</a>
 */
public record FixedSchedule(Certainty by, Rounding rounding, Alpha alpha) implements UnmaskingStrategy {
    /** How a part's masks are spread over its steps. */
    public enum Rounding {
        /** Evenly, the remainder to the first steps; the steps divide evenly among the parts. */
        FIRST,
        /** By a diffusion's time, each step's share rounded half to even; the steps of a part are rounded up. */
        DLLM
    }

    public FixedSchedule {
        if (rounding == Rounding.FIRST && alpha != Alpha.LINEAR) {
            throw new IllegalArgumentException("alpha is " + word(alpha)
                    + " and rounding first, which is linear; leave alpha out or use rounding=dllm");
        }
    }

    /** LLaDA's. */
    public FixedSchedule(Certainty by) {
        this(by, Rounding.FIRST, Alpha.LINEAR);
    }

    /** LLaDA's, by confidence. */
    public FixedSchedule() {
        this(Certainty.CONFIDENCE);
    }

    @Override
    public Selector start(Plan plan) {
        OpenRanking ranking = new OpenRanking();
        ToIntFunction<StepView> due =
                rounding == Rounding.FIRST ? new Quota(plan)::next : new DllmQuota(plan, alpha)::next;
        Planned selector = (view, chosen) -> {
            ranking.rank(view, slot -> by.of(view.predictions(), slot));
            ranking.addFirst(due.applyAsInt(view), chosen);
        };
        return selector;
    }

    @Override
    public boolean readsMargins() {
        return by == Certainty.MARGIN;
    }

    @Override
    public String toString() {
        StringJoiner values = new StringJoiner(",", "(", ")").setEmptyValue("");
        if (by != Certainty.CONFIDENCE) {
            values.add("by=" + word(by));
        }
        if (rounding != Rounding.FIRST) {
            values.add("rounding=" + word(rounding));
        }
        if (alpha != Alpha.LINEAR) {
            values.add("alpha=" + word(alpha));
        }
        return "schedule" + values;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
