/** The word-level tokenizer of the models trained here. */
@NullMarked
package dev.dllm4j.train.words;

import org.jspecify.annotations.NullMarked;
