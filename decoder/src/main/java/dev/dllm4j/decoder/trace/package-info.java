/** Recordings of decodings: what the model said and what was decided, step by step, and how others would have decided. */
@NullMarked
package dev.dllm4j.decoder.trace;

import org.jspecify.annotations.NullMarked;
