/** Files that appear whole or not at all, and tensors in them. */
@NullMarked
package dev.dllm4j.train.file;

import org.jspecify.annotations.NullMarked;
