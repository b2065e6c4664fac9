package dev.dllm4j.server.api;

import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import java.util.Optional;

/**
 * A canvas, and how much of it becomes text.
 *
 * @param config its gen length is the canvas
 * @param maxTokens most ids of the text
 * @param growth blocks that a canvas begins with one of and grows by; absent where it is fixed
 * @param suffixTokens ids at the end of the canvas that are given
 * @param mayBeShorter whether less room than was asked for will do
 * @param lengthField the field that asked for the length, as it was sent; absent where none did
 */
record CanvasPlan(
        DecodingConfig config,
        int maxTokens,
        Optional<Blocks> growth,
        int suffixTokens,
        boolean mayBeShorter,
        Optional<String> lengthField) {
    /** A canvas of masks alone. */
    Draft draft() {
        Draft masks = Draft.masks(config.genLength());
        return growth.map(masks::growing).orElse(masks);
    }

    /** This plan, or a shorter one if that will do and some text is left; where neither fits, this plan. */
    CanvasPlan within(int room) {
        int canvas = config.genLength();
        int shorter = wholeBlocks(room, config.window());
        if (canvas <= room || !mayBeShorter || shorter <= suffixTokens) {
            return this;
        }
        int steps = config.steps() == canvas ? shorter : config.steps();
        return new CanvasPlan(
                config.withFrame(config.window(), shorter, steps),
                Math.min(maxTokens, shorter - suffixTokens),
                growth,
                suffixTokens,
                true,
                lengthField);
    }

    /** The most positions that blocks fill, which are decoded whole; 0 where there is no room for one. */
    static int wholeBlocks(int room, Window window) {
        return window instanceof Blocks blocks ? room / blocks.length() * blocks.length() : room;
    }
}
