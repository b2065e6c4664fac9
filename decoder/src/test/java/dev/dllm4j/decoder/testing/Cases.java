package dev.dllm4j.decoder.testing;

import java.util.function.LongConsumer;

/** Runs a property on seeded random cases. */
public final class Cases {
    private Cases() {}

    /** Runs the property on the seeds 0 to {@code cases - 1}; a failure names its seed, which alone repeats it. */
    public static void check(int cases, LongConsumer property) {
        for (long seed = 0; seed < cases; seed++) {
            try {
                property.accept(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
