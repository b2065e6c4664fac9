package dev.dllm4j.decoder;

import dev.dllm4j.cache.BlockCache;
import dev.dllm4j.cache.BlockCache.EmptyForward;
import dev.dllm4j.cache.BlockCache.Reach;
import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.ElasticCache.PrefixReuse;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.SimilarityCache;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.spec.Spec;

/** How users write a refresh policy. */
public final class CacheSpec {
    private CacheSpec() {}

    /** Reads {@code none}, {@code prefix}, {@code dual}, {@code elastic(gamma=0.9,track=1)} or {@code dllm-cache(prompt=50,response=7,share=0.25)}. */
    public static RefreshPolicy parse(String text) {
        Spec spec = Spec.parse(text);
        return switch (spec.name()) {
            case "none" -> {
                spec.only();
                yield new NoCache();
            }
            case "prefix" -> new BlockCache(Reach.PREFIX, empty(spec));
            case "dual" -> new BlockCache(Reach.DUAL, empty(spec));
            case "elastic" -> {
                spec.only("gamma", "track", "along", "block-caching", "prefix-reuse");
                yield new ElasticCache(
                        spec.number("gamma", 0.9),
                        spec.integer("track", 1),
                        spec.choice("along", Along.HEADS),
                        spec.choice("block-caching", BlockCaching.ON),
                        spec.choice("prefix-reuse", PrefixReuse.OFF));
            }
            case "dllm-cache" -> {
                spec.only("prompt", "response", "share");
                yield new SimilarityCache(
                        spec.integer("prompt", 50), spec.integer("response", 7), spec.number("share", 0.25));
            }
            default -> throw spec.unknown("cache", "none, prefix, dual, elastic(gamma=0.9,track=1), dllm-cache");
        };
    }

    /**
     * The window a policy is made for, where the user names none.
     *
     * @param otherwise where the policy prefers none
     */
    public static Window window(RefreshPolicy cache, Window otherwise) {
        return cache instanceof ElasticCache ? new Leftmost(16) : otherwise;
    }

    /**
     * A policy that starts from the rows which an earlier request with the same beginning has left.
     *
     * @throws IllegalArgumentException for a policy that does not test whether kept rows still hold
     */
    public static RefreshPolicy reusingPrefixes(RefreshPolicy cache) {
        if (cache instanceof ElasticCache elastic) {
            return elastic.reusingPrefixes();
        }
        throw new IllegalArgumentException("prefix reuse is on and cache is " + cache
                + "; only elastic tests whether rows of another request still hold, so use cache elastic");
    }

    /** The policy without rows of other requests. */
    public static RefreshPolicy computingPrefixes(RefreshPolicy cache) {
        return cache instanceof ElasticCache elastic ? elastic.computingPrefixes() : cache;
    }

    private static EmptyForward empty(Spec spec) {
        return spec.only("empty").choice("empty", EmptyForward.MADE);
    }
}
