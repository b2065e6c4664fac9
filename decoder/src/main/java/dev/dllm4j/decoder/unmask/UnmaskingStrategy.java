package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.spec.Spec;

/**
 * Which open positions commit, each with the token that is proposed for it. An immutable description that prints as its
 * SPEC; {@link #start} makes the short-lived object that decides for one sequence.
 */
public interface UnmaskingStrategy {
    /** Refuses a plan it cannot follow with an {@link IllegalArgumentException}. */
    Selector start(Plan plan);

    /** Decides for one sequence, on one thread. */
    interface Selector {
        /** Declares what {@link #select} needs to see: by default the open positions. */
        default void demand(Positions open, Demand demand) {
            demand.positions().addAll(open);
        }

        /** Adds to {@code chosen} at least one of the open positions. */
        void select(StepView view, Positions chosen);
    }

    /** Reads {@code threshold(0.9)}, {@code schedule}, {@code random} or {@code dream-threshold(0.9)}. */
    static UnmaskingStrategy parse(String text) {
        Spec spec = Spec.parse(text);
        return switch (spec.name()) {
            case "threshold" -> new ConfidenceThreshold(spec.only("threshold").number("threshold", 0.9));
            case "schedule" -> {
                spec.only();
                yield new FixedSchedule();
            }
            case "random" -> {
                spec.only();
                yield new RandomOrder();
            }
            case "dream-threshold" -> new CarryOver(spec.only("threshold").number("threshold", 0.9));
            default -> throw spec.unknown("strategy", "threshold(0.9), schedule, random, dream-threshold(0.9)");
        };
    }
}
