package dev.dllm4j.decoder.stop;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.spec.Spec;
import java.util.List;

/**
 * Where the text ends. An immutable description that prints as its SPEC; {@link #start} makes the short-lived object
 * that watches one sequence.
 */
public interface StopRule {
    /** Every rule's SPEC. */
    List<String> NAMES = List.of("eot", "eot(when=block)", "eotp", "eos-freeze", "full");

    Watch start(ModelSpec model);

    /** Whether positions may leave the canvas before they are decoded. */
    default boolean cuts() {
        return true;
    }

    /** Watches one sequence, on one thread. */
    interface Watch {
        /** Adds what {@link #after} needs to see to what the strategy demands: by default nothing. */
        default void demand(Canvas canvas, Demand demand) {}

        /**
         * Asked after each step's changes, but for steps after which tokens of the open part may still be edited: then
         * when the part has closed, of all that happened to it.
         *
         * @param accepted positions committed since it was last asked whose prediction the strategy judged final
         */
        Tail after(StepView view, Positions accepted);
    }

    /** Reads {@code eot}, {@code eot(when=block)}, {@code eotp}, {@code eos-freeze} or {@code full}. */
    static StopRule parse(String text) {
        Spec spec = Spec.parse(text);
        return switch (spec.name()) {
            case "eot" -> new EndOfText(spec.only("when").choice("when", EndOfText.When.STEP));
            case "eotp" -> {
                spec.only();
                yield new EndOfTextPrediction();
            }
            case "eos-freeze" -> {
                spec.only();
                yield new EndOfTextFreeze();
            }
            case "full" -> {
                spec.only();
                yield new FullCanvas();
            }
            default -> throw spec.unknown("stop rule", String.join(", ", NAMES));
        };
    }
}
