/** Unmasking strategies: which open positions commit in a step. One strategy, one file, one source. */
@NullMarked
package dev.dllm4j.decoder.unmask;

import org.jspecify.annotations.NullMarked;
