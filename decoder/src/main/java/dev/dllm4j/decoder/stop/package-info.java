/** Stop rules: where the text ends, and what becomes of the positions behind its end. */
@NullMarked
package dev.dllm4j.decoder.stop;

import org.jspecify.annotations.NullMarked;
