/** Decoding for training: a model's own answers, and what can be measured of them. */
@NullMarked
package dev.dllm4j.train.decode;

import org.jspecify.annotations.NullMarked;
