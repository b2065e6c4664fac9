package dev.dllm4j.decoder.unmask;

/** Commits as many positions as planned, and judges none of their predictions. */
interface Planned extends UnmaskingStrategy.Selector {
    @Override
    default boolean accepted(int position) {
        return false;
    }
}
