package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.FeedForward.Gated;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight;
import java.util.List;
import java.util.Set;

/**
 * Models by the sizes that their authors publish.
 *
 * @param name as the docs have it
 * @param tied whether the head is the embedding
 */
record PublishedSizes(String name, ModelSpec spec, boolean tied) {
    private static final int HEAD_WIDTH = 128;
    private static final int QWEN = 151_936;
    private static final int LLADA_MOE = 157_184;

    /** Those of the docs, in their order. */
    static List<PublishedSizes> all() {
        return List.of(
                dense("Qwen2.5-Coder-0.5B a2d", "a2d-qwen2", true, QWEN, 896, 24, 14, 2, 64, 4864),
                dense("Qwen3-0.6B a2d", "a2d-qwen3", true, QWEN, 1024, 28, 16, 8, HEAD_WIDTH, 3072),
                dense("Fast-dLLM v2 1.5B", "fast_dllm_qwen", true, QWEN, 1536, 28, 12, 2, HEAD_WIDTH, 8960),
                dense("SDAR-1.7B, with a head of its own", "sdar", false, QWEN, 2048, 28, 16, 8, HEAD_WIDTH, 6144),
                dense("SDAR-1.7B, tied", "sdar", true, QWEN, 2048, 28, 16, 8, HEAD_WIDTH, 6144),
                dense("SDAR-4B, TraDo-4B", "sdar", false, QWEN, 2560, 36, 32, 8, HEAD_WIDTH, 9728),
                dense("Dream 7B", "dream", false, 152_064, 3584, 28, 28, 4, HEAD_WIDTH, 18_944),
                dense("Fast-dLLM v2 7B", "fast_dllm_qwen", false, 152_064, 3584, 28, 28, 4, HEAD_WIDTH, 18_944),
                dense("LLaDA 8B, LLaDA 1.5", "llada", false, 126_464, 4096, 32, 32, 32, HEAD_WIDTH, 12_288),
                dense("SDAR-8B, TraDo-8B", "sdar", false, QWEN, 4096, 36, 32, 8, HEAD_WIDTH, 12_288),
                experts(
                        "LLaDA-MoE-7B-A1B",
                        "llada_moe",
                        2048,
                        16,
                        16,
                        new Experts(64, 8, 1024, 0, 0, 0, new Router.Softmax(false))),
                experts(
                        "LLaDA2.0-mini, LLaDA2.1-mini",
                        "llada2_moe",
                        2048,
                        20,
                        4,
                        new Experts(256, 8, 512, 512, 1, 5120, new Router.Sigmoid(8, 4, 2.5))),
                experts(
                        "LLaDA2.0-flash, LLaDA2.1-flash",
                        "llada2_moe",
                        4096,
                        32,
                        4,
                        new Experts(256, 8, 1024, 1024, 1, 9216, new Router.Sigmoid(8, 4, 2.5))));
    }

    private static PublishedSizes dense(
            String name,
            String family,
            boolean tied,
            int vocabulary,
            int hidden,
            int layers,
            int heads,
            int kvHeads,
            int headWidth,
            int width) {
        FeedForward gated = new Gated(width, Activation.SILU);
        return new PublishedSizes(
                name, spec(family, vocabulary, hidden, layers, heads, kvHeads, headWidth, gated), tied);
    }

    private static PublishedSizes experts(
            String name, String family, int hidden, int layers, int kvHeads, Experts experts) {
        int heads = hidden / HEAD_WIDTH;
        return new PublishedSizes(
                name, spec(family, LLADA_MOE, hidden, layers, heads, kvHeads, HEAD_WIDTH, experts), false);
    }

    private static ModelSpec spec(
            String family,
            int vocabulary,
            int hidden,
            int layers,
            int heads,
            int kvHeads,
            int headWidth,
            FeedForward feedForward) {
        return new ModelSpec(
                family,
                vocabulary,
                hidden,
                layers,
                heads,
                kvHeads,
                headWidth,
                feedForward,
                4096,
                new Rotary(10_000, headWidth),
                new Norm(Norm.Kind.RMS, 1e-6),
                0,
                new Sight.Everything(),
                new Readout(false, false),
                vocabulary - 1,
                Set.of(),
                Set.of());
    }
}
