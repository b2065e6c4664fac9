/** A training run: examples, batches, objective, optimizer, checkpoints. */
@NullMarked
package dev.dllm4j.train.run;

import org.jspecify.annotations.NullMarked;
