/** What is kept between forwards and what is computed again. Knows layers, positions and bytes; nothing of tokens. */
@NullMarked
package dev.dllm4j.cache;

import org.jspecify.annotations.NullMarked;
