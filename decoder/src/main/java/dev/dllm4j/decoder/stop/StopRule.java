package dev.dllm4j.decoder.stop;

import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.spec.Spec;

/**
 * Where the text ends. An immutable description that prints as its SPEC; {@link #start} makes the short-lived object
 * that watches one sequence.
 */
public interface StopRule {
    Watch start(ModelSpec model);

    /** Watches one sequence, on one thread. */
    interface Watch {
        /** Asked after each step's commits. */
        Tail after(StepView view);
    }

    /** Reads {@code eot} or {@code full}. */
    static StopRule parse(String text) {
        Spec spec = Spec.parse(text);
        spec.only();
        return switch (spec.name()) {
            case "eot" -> new EndOfText();
            case "full" -> new FullCanvas();
            default -> throw spec.unknown("stop rule", "eot, full");
        };
    }
}
