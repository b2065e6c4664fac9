/**
 * The denoising driver and the library's face.
 *
 * <p>A {@link dev.dllm4j.decoder.Decoder} is a model with its tokenizer; it starts {@link
 * dev.dllm4j.decoder.Decoding}s, one a sequence, whose steps the caller pulls. One idiom throughout: an immutable
 * description (window, strategy, refresh policy, stop rule) makes a short-lived object for one sequence.
 */
@NullMarked
package dev.dllm4j.decoder;

import org.jspecify.annotations.NullMarked;
