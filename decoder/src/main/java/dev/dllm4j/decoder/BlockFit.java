package dev.dllm4j.decoder;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.FinalBlocks;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Blocks.From;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight.Alternating;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;

/** What a model that sees block by block, or one that does not, asks of window and cache. */
final class BlockFit {
    private BlockFit() {}

    /**
     * Blocks of a length, counted as the model counts its own; from the prompt's end where it has none.
     *
     * @throws IllegalArgumentException if the length is none
     */
    static Blocks window(int length, ModelSpec spec) {
        return new Blocks(length, spec.sight() instanceof BlockCausal causal ? from(causal) : From.PROMPT);
    }

    /** @throws IllegalArgumentException if window or cache go against what the model's rows see */
    static void require(DecodingConfig config, ModelSpec spec) {
        if (spec.sight() instanceof BlockCausal causal && config.window() instanceof Blocks blocks) {
            requireAligned(blocks, causal, spec);
        }
        if (spec.sight() instanceof Alternating near) {
            requireNeitherTrackedNorFinal(config.cache(), near);
        }
        CacheSpec.requireFit(config.cache(), spec);
    }

    private static void requireNeitherTrackedNorFinal(RefreshPolicy cache, Alternating near) {
        if (cache instanceof ElasticCache || cache instanceof FinalBlocks) {
            throw new IllegalArgumentException("cache is " + cache + " and the model sees " + near
                    + "; attention is tracked only where rows see everything, and no block of it is ever final, so use"
                    + " cache none, prefix, dual or dllm-cache");
        }
    }

    /** A window's block that straddles two of the model's would commit masks of one that nothing final stands before. */
    private static void requireAligned(Blocks blocks, BlockCausal causal, ModelSpec spec) {
        int own = causal.length();
        if (blocks.length() % own != 0 && own % blocks.length() != 0) {
            throw new IllegalArgumentException("block length is " + blocks.length() + " and the model's blocks have "
                    + own + " positions; one must be a multiple of the other, e.g. window " + window(own, spec));
        }
        if (blocks.from() != from(causal)) {
            throw new IllegalArgumentException("window is " + blocks + " and the model sees " + causal
                    + "; both must count from the same place, so use window " + window(blocks.length(), spec));
        }
    }

    private static From from(BlockCausal causal) {
        return causal.origin() == Origin.START ? From.START : From.PROMPT;
    }
}
