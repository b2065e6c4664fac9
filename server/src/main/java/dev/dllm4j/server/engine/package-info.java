/** One thread a model that steps the sequences of all clients together, behind a bounded queue. Knows nothing of HTTP. */
@NullMarked
package dev.dllm4j.server.engine;

import org.jspecify.annotations.NullMarked;
