/**
 * Evaluation and batch generation on many machines: the questions are the partitions, one engine an executor answers
 * them, and the driver scores and writes exactly what an evaluation on one machine would.
 */
@NullMarked
package dev.dllm4j.eval.spark;

import org.jspecify.annotations.NullMarked;
