package dev.dllm4j.decoder;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;

/** What the blocks of a model that sees block by block, or that it has none, ask of window and cache. */
final class BlockFit {
    private BlockFit() {}

    /**
     * Blocks of a length, counted as the model counts its own, or from the prompt's end where it has none.
     *
     * @throws IllegalArgumentException if the length is none
     */
    static Blocks window(int length, ModelSpec spec) {
        return new Blocks(length);
    }

    /** @throws IllegalArgumentException if window or cache go against how the model sees */
    static void require(DecodingConfig config, ModelSpec spec) {
        Sight sight = spec.sight();
        if (sight instanceof BlockCausal causal) {
            if (config.window() instanceof Blocks blocks) {
                requireAligned(blocks, causal, spec);
            }
            if (config.cache() instanceof ElasticCache) {
                throw new IllegalArgumentException("cache is " + config.cache() + " and the model sees " + sight
                        + "; rows of a finished block never drift there, so use cache blocks");
            }
        }
    }

    private static void requireAligned(Blocks blocks, BlockCausal causal, ModelSpec spec) {
        int own = causal.length();
        if (blocks.length() % own != 0 && own % blocks.length() != 0) {
            throw new IllegalArgumentException("block length is " + blocks.length() + " and the model's blocks have "
                    + own + " positions; one must be a multiple of the other, e.g. window " + window(own, spec));
        }
    }
}
