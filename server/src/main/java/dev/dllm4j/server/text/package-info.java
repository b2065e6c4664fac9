/** The text of one choice while it settles: its length limit and its stop strings. */
@NullMarked
package dev.dllm4j.server.text;

import org.jspecify.annotations.NullMarked;
