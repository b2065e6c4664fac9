/** Targets for a fuzzer: what clients send. */
@NullMarked
package dev.dllm4j.server.fuzz;

import org.jspecify.annotations.NullMarked;
