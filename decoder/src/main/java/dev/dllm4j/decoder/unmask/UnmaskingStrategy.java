package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.spec.Spec;
import java.util.List;
import java.util.Optional;

/**
 * Which open positions commit, each with the token that is proposed for it. An immutable description that prints as its
 * SPEC; {@link #start} makes the short-lived object that decides for one sequence.
 */
public interface UnmaskingStrategy {
    /** A SPEC of every strategy, as a message shows them. */
    List<String> EXAMPLES = List.of(
            "threshold(0.9)",
            "entropy(0.45)",
            "factor(1.0)",
            "hierarchy(0.9)",
            "filter",
            "credit",
            "revise",
            "edit",
            "schedule",
            "topk(2)",
            "random",
            "sequential",
            "static",
            "dynamic(0.85)",
            "entropy-bound(0.35)",
            "dream-schedule",
            "dream-threshold(0.9)");

    /** Refuses a plan it cannot follow with an {@link IllegalArgumentException}. */
    Selector start(Plan plan);

    /**
     * This strategy with what belongs to the model, e.g. the filter in its folder.
     *
     * @throws IllegalArgumentException if the model has none, or another model's
     */
    default UnmaskingStrategy of(ModelOrigin model) {
        return this;
    }

    /** Why it may judge this model badly, where something says so. */
    default Optional<String> doubt(ModelOrigin model) {
        return Optional.empty();
    }

    /** Decides for one sequence, on one thread. */
    interface Selector {
        /**
         * Declares what {@link #select}, {@link #takeBack} and {@link #replace} need to see: by default the open positions.
         *
         * @param part the stretch that is being filled, or is filled and held open
         * @param open none in a filled part
         */
        default void demand(Canvas canvas, Part part, Positions open, Demand demand) {
            demand.positions().addAll(open);
        }

        /**
         * Adds to {@code chosen} some of the open positions: at least one, but for the declared {@link #emptySteps empty
         * steps}. None is open in a filled part that is held open, which happens only to strategies that edit.
         */
        void select(StepView view, Positions chosen);

        /**
         * Adds to {@code back} committed positions of the part that become masks again. Asked after {@link #select}, of
         * the same view: what was just chosen is not committed yet.
         */
        default void takeBack(StepView view, Positions back) {}

        /**
         * Adds to {@code replaced} {@linkplain Canvas#replaceable replaceable} positions of the part whose tokens give way
         * to those that are proposed for them. Asked as {@link #takeBack} is, of strategies that {@link #edits edit}.
         */
        default void replace(StepView view, Positions replaced) {}

        /**
         * Whether the part, in which no mask is left, closes now, so that its tokens are final. Asked of strategies that
         * {@link #edits edit}, after the step's changes.
         */
        default boolean closes(StepView view) {
            return true;
        }

        /**
         * Whether a position just chosen commits because its prediction is judged final: it passed the strategy's bar,
         * and is not one that commits only because some must.
         */
        default boolean accepted(int position) {
            return true;
        }
    }

    /** Most steps of a decoding that may commit nothing; every other one commits at least one token. */
    default int emptySteps(Plan plan) {
        return 0;
    }

    /** Most times that one position is taken back; 0 for a strategy whose commits stand. */
    default int revisions() {
        return 0;
    }

    /** Whether it replaces committed tokens of the open part, which therefore settles as a whole, when it closes. */
    default boolean edits() {
        return false;
    }

    /** Most forwards that a filled part is held open for, so that its tokens may be edited. */
    default int postSteps() {
        return 0;
    }

    /** Whether it looks at the margin between the best two tokens. */
    default boolean readsMargins() {
        return false;
    }

    /** Whether it puts tokens in the place of those that sampling proposes. */
    default boolean proposesTokens() {
        return false;
    }

    /**
     * Reads the SPEC of a strategy, e.g. {@code threshold(0.9)}; every name works bare, with its defaults. It may name a
     * filter's file, which is read: for SPECs of the user's own.
     */
    static UnmaskingStrategy parse(String text) {
        return parse(text, FilterSource.FILES);
    }

    /** Reads the SPEC of a strategy, which may name the filters that the source has. */
    static UnmaskingStrategy parse(String text, FilterSource filters) {
        Spec spec = Spec.parse(text);
        return switch (spec.name()) {
            case "threshold" -> {
                spec.only("threshold", "ties", "equal", "least");
                yield new ConfidenceThreshold(
                        spec.number("threshold", 0.9),
                        spec.choice("ties", ConfidenceThreshold.Ties.FIRST),
                        spec.choice("equal", Equal.COMMITS),
                        spec.integer("least", 1));
            }
            case "entropy" -> {
                spec.only("threshold", "equal");
                yield new EntropyThreshold(spec.number("threshold", 0.45), spec.choice("equal", Equal.COMMITS));
            }
            case "factor" -> new Factor(spec.only("factor").number("factor", 1));
            case "hierarchy" -> {
                spec.only("threshold", "low");
                yield new Hierarchy(spec.number("threshold", 0.9), spec.number("low", 0.4));
            }
            case "filter" -> {
                spec.only("path", "accept");
                yield LearnedFilter.parse(spec, filters);
            }
            case "credit" -> TraceCredits.parse(spec, filters);
            case "revise" -> {
                spec.only("commit", "keep");
                yield new Revision(spec.number("commit", 0.7), spec.number("keep", 0.3));
            }
            case "edit" -> TokenEdits.parse(spec, filters);
            case "schedule" -> {
                spec.only("by", "rounding", "alpha");
                yield new FixedSchedule(
                        spec.choice("by", Certainty.CONFIDENCE),
                        spec.choice("rounding", FixedSchedule.Rounding.FIRST),
                        spec.choice("alpha", Alpha.LINEAR));
            }
            case "topk" -> new TopK(spec.only("k").integer("k", 2));
            case "random" -> {
                spec.only();
                yield new RandomOrder();
            }
            case "sequential" -> BlockSchedule.parse(spec, BlockSchedule.Order.SEQUENTIAL);
            case "static" -> BlockSchedule.parse(spec, BlockSchedule.Order.STATIC);
            case "dynamic" -> {
                spec.only("threshold", "steps", "fallback", "minimal-topk");
                yield new DynamicSchedule(
                        spec.number("threshold", DynamicSchedule.THRESHOLD),
                        spec.integer("steps", BlockSchedule.STEPS),
                        spec.integer("minimal-topk", 0),
                        spec.choice("fallback", DynamicSchedule.Fallback.BEST));
            }
            case "entropy-bound" -> {
                spec.only("bound", "sum");
                yield new EntropyBound(
                        spec.number("bound", EntropyBound.BOUND), spec.choice("sum", EntropyBound.Sum.ALL));
            }
            case "dream-schedule" -> {
                spec.only("by", "alg-temp", "eps");
                yield new DreamSchedule(
                        spec.choice("by", Certainty.ENTROPY),
                        spec.number("alg-temp", 0),
                        spec.number("eps", DreamSchedule.EPS));
            }
            case "dream-threshold" -> new CarryOver(spec.only("threshold").number("threshold", 0.9));
            default -> throw spec.unknown("strategy", String.join(", ", EXAMPLES));
        };
    }
}
