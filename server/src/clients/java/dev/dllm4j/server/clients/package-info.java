/** Programs that others wrote for OpenAI's servers, in front of this one. */
@NullMarked
package dev.dllm4j.server.clients;

import org.jspecify.annotations.NullMarked;
