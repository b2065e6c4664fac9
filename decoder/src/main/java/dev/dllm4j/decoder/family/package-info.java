/**
 * Families of models: one file each says which checkpoints are of it, what their files say, what their tensors are
 * called and how its authors decode it. No other package names a family.
 */
@NullMarked
package dev.dllm4j.decoder.family;

import org.jspecify.annotations.NullMarked;
