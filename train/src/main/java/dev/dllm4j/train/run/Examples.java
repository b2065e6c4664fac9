package dev.dllm4j.train.run;

import dev.dllm4j.train.problem.Ranges;
import java.util.SplittableRandom;

/** Where examples come from. */
@FunctionalInterface
public interface Examples {
    /**
     * Draws one.
     *
     * @param ranges how large numbers may be at this time of the run; a source with fixed problems ignores it
     */
    Example draw(Ranges ranges, SplittableRandom random);
}
