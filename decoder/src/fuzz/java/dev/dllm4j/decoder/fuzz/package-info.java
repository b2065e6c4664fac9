/** Targets for a fuzzer, one for each kind of file or text that comes from others. */
@NullMarked
package dev.dllm4j.decoder.fuzz;

import org.jspecify.annotations.NullMarked;
