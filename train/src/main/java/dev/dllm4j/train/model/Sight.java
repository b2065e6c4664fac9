package dev.dllm4j.train.model;

/** What a position's attention sees. */
public enum Sight {
    /** All positions, as a masked diffusion model does. */
    ALL,
    /** Itself and what is before it. */
    BEFORE
}
