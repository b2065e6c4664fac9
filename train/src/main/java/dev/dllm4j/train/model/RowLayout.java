package dev.dllm4j.train.model;

import org.jspecify.annotations.Nullable;

/**
 * Where the rows of a batch stand, and which of them their attention sees: one way to learn what a model whose rows see
 * as its {@link dev.dllm4j.decoder.model.Sight} says.
 *
 * @param positions {@code [samples][rows]}; null where every row stands at its own index
 * @param seen {@code [samples][rows][rows]}: whether the first row sees the second; null where all see all
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record RowLayout(long @Nullable [][] positions, boolean @Nullable [][][] seen) {
    /** A sequence that sees all of itself, as a masked diffusion model does. */
    public static final RowLayout FULL = new RowLayout(null, null);
}
