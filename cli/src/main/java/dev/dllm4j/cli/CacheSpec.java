package dev.dllm4j.cli;

import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.spec.Spec;

/** How users write a refresh policy. */
final class CacheSpec {
    private CacheSpec() {}

    /** Reads {@code none}. */
    static RefreshPolicy parse(String text) {
        Spec spec = Spec.parse(text);
        spec.only();
        if (!spec.name().equals("none")) {
            throw new IllegalArgumentException(
                    "cache is " + text + "; only none is known, which recomputes everything");
        }
        return new NoCache();
    }
}
