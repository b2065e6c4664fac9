/** OpenAI-compatible HTTP in front of decoders. */
@NullMarked
package dev.dllm4j.server;

import org.jspecify.annotations.NullMarked;
