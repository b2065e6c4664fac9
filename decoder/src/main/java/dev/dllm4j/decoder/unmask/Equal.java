package dev.dllm4j.decoder.unmask;

/** What becomes of a score that is equal to a strategy's bar. */
public enum Equal {
    COMMITS,
    WAITS;

    /** The least score that passes a bar. */
    float least(float bar) {
        return this == COMMITS ? bar : Math.nextUp(bar);
    }
}
