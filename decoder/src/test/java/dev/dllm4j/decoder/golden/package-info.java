/** Reference data from the originals: where it lies, and how its arrays and traces are read. */
@NullMarked
package dev.dllm4j.decoder.golden;

import org.jspecify.annotations.NullMarked;
