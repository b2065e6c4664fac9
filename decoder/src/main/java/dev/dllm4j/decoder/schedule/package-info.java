/** Steps many decodings in one forward. Knows nothing of who asks: server, evaluation and library share it. */
@NullMarked
package dev.dllm4j.decoder.schedule;

import org.jspecify.annotations.NullMarked;
