/** Files as the outside world has them: read with bounds, written whole, kept by the disk, tidied up after a kill. */
@NullMarked
package dev.dllm4j.decoder.file;

import org.jspecify.annotations.NullMarked;
