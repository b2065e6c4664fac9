/** The small notation in which strategies, windows, caches and stop rules are named: {@code name(value, key=value)}. */
@NullMarked
package dev.dllm4j.decoder.spec;

import org.jspecify.annotations.NullMarked;
