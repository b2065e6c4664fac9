/** What the server counts, as Prometheus reads it; alone imports Micrometer. */
@NullMarked
package dev.dllm4j.server.metrics;

import org.jspecify.annotations.NullMarked;
