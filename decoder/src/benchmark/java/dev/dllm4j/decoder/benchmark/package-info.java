/** What a decoding costs, measured with JMH. {@code docs/benchmarks.md} says how to run it and how to read it. */
@NullMarked
package dev.dllm4j.decoder.benchmark;

import org.jspecify.annotations.NullMarked;
