/** Doubles and inputs that tests of several packages share. */
@NullMarked
package dev.dllm4j.decoder.testing;

import org.jspecify.annotations.NullMarked;
