/** The OpenAI shapes: requests that are read and judged field by field, and what is written in answer. Knows nothing of HTTP's transport. */
@NullMarked
package dev.dllm4j.server.api;

import org.jspecify.annotations.NullMarked;
