/** Drawing tokens from a model's distribution: temperature, top-k and top-p. */
@NullMarked
package dev.dllm4j.decoder.sample;

import org.jspecify.annotations.NullMarked;
