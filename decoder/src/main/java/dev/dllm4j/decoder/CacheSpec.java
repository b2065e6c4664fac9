package dev.dllm4j.decoder;

import dev.dllm4j.cache.BlockCache;
import dev.dllm4j.cache.BlockCache.EmptyForward;
import dev.dllm4j.cache.BlockCache.Reach;
import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.FinalBlocks;
import dev.dllm4j.cache.FinalBlocks.Clean;
import dev.dllm4j.cache.FinalBlocks.First;
import dev.dllm4j.cache.FinalBlocks.Inside;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.PrefixReuse;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.cache.SimilarityCache;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.spec.Spec;

/** How users write a refresh policy. */
public final class CacheSpec {
    private CacheSpec() {}

    /**
     * Reads {@code none}, {@code prefix}, {@code dual}, {@code elastic(gamma=0.9,track=1)}, {@code
     * dllm-cache(prompt=50,response=7,share=0.25)} or {@code blocks(clean=apart)}.
     */
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
            case "blocks" -> {
                spec.only("clean", "first", "inside", "prefix-reuse");
                yield new FinalBlocks(
                        spec.choice("clean", Clean.MERGED),
                        spec.choice("first", First.TOGETHER),
                        spec.choice("inside", Inside.WHOLE),
                        spec.choice("prefix-reuse", PrefixReuse.ON));
            }
            default ->
                throw spec.unknown("cache", "none, prefix, dual, elastic(gamma=0.9,track=1), dllm-cache, blocks");
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
     * @throws IllegalArgumentException for a policy that neither tests whether kept rows still hold nor keeps such that do
     */
    public static RefreshPolicy reusingPrefixes(RefreshPolicy cache) {
        if (cache instanceof ElasticCache elastic) {
            return elastic.reusingPrefixes();
        }
        if (cache instanceof FinalBlocks blocks) {
            return blocks.reusingPrefixes();
        }
        throw new IllegalArgumentException("prefix reuse is on and cache is " + cache
                + "; only elastic tests whether rows of another request still hold, and those of blocks always do, so use"
                + " cache elastic, or blocks where the model's rows see no later block");
    }

    /**
     * Refuses a policy that relies on what the rows of a model do not do.
     *
     * @throws IllegalArgumentException with the remedy
     */
    public static void requireFit(RefreshPolicy cache, ModelSpec model) {
        cache.requireFit(shape(model, 0, model.context()));
        if (cache instanceof ElasticCache && model.sight() instanceof Sight.Alternating) {
            throw new IllegalArgumentException("cache is " + cache + " and the model sees " + model.sight()
                    + "; attention is tracked over every key, so use cache none, prefix, dual or dllm-cache");
        }
    }

    /** What a policy may know of a sequence of a model. */
    static SequenceShape shape(ModelSpec model, int promptLength, int length) {
        BlockGrid grid = model.sight() instanceof Sight.BlockCausal blocks ? blocks.grid(promptLength) : null;
        return new SequenceShape(model.layers(), model.readout().shifted(), promptLength, length, grid);
    }

    /** The policy without rows of other requests. */
    public static RefreshPolicy computingPrefixes(RefreshPolicy cache) {
        if (cache instanceof ElasticCache elastic) {
            return elastic.computingPrefixes();
        }
        return cache instanceof FinalBlocks blocks ? blocks.computingPrefixes() : cache;
    }

    private static EmptyForward empty(Spec spec) {
        return spec.only("empty").choice("empty", EmptyForward.MADE);
    }
}
