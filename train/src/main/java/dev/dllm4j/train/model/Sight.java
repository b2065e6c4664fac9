package dev.dllm4j.train.model;

import org.jspecify.annotations.Nullable;

/**
 * Where the rows of samples stand, and what their attention sees.
 *
 * @param positions {@code [samples][rows]}; null where every row stands at its own index
 * @param seen {@code [samples][rows][rows]}: whether the first row sees the second; null where all see all
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record Sight(long @Nullable [][] positions, boolean @Nullable [][][] seen) {
    /** A sequence that sees all of itself, as a masked diffusion model does. */
    public static final Sight ALL = new Sight(null, null);
}
