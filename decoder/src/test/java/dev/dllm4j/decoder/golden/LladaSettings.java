package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Blocks.From;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold.Ties;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.Hierarchy;
import dev.dllm4j.decoder.unmask.TraceCredits;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;

/** What LLaDA's sampler and dInfer's decoders were told, in our words: they decode several families. */
public final class LladaSettings {
    private LladaSettings() {}

    /** Window, lengths and cache of a sampler that fills the whole canvas, with the default strategy. */
    public static DecodingConfig frame(JsonNode settings) {
        From from = settings.path("start_block_align").asBoolean() ? From.START : From.PROMPT;
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withCache(CacheSpec.parse(settings.path("cache").asText("none")))
                .withFrame(
                        new Blocks(settings.get("block_length").asInt(), from),
                        settings.get("gen_length").asInt(),
                        settings.path("steps").asInt(settings.get("gen_length").asInt()));
    }

    /** LLaDA's {@code generate.py}. */
    public static DecodingConfig generate(JsonNode settings) {
        return frame(settings)
                .withStrategy(new FixedSchedule())
                .withGuidance(settings.path("cfg_scale").asDouble(0));
    }

    /** The rule of one of dInfer's decoders. */
    public static UnmaskingStrategy dInferRule(JsonNode settings) {
        UnmaskingStrategy threshold =
                new ConfidenceThreshold(settings.get("threshold").asDouble(), Ties.NEAR);
        return switch (settings.get("decoder").asText()) {
            case "credit" ->
                new TraceCredits(
                        new TraceCredits.Fixed(
                                settings.get("credit_alpha").asDouble(),
                                settings.get("decay_beta").asDouble(),
                                settings.get("boost_gamma").asDouble()),
                        threshold);
            case "hierarchy" ->
                new Hierarchy(
                        settings.get("threshold").asDouble(),
                        settings.get("low_threshold").asDouble(0));
            default -> threshold;
        };
    }
}
