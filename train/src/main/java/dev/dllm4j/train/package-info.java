/** The command line of training. */
@NullMarked
package dev.dllm4j.train;

import org.jspecify.annotations.NullMarked;
