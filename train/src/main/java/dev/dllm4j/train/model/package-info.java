/** A LLaDA transformer that can be trained, on DJL's PyTorch engine. */
@NullMarked
package dev.dllm4j.train.model;

import org.jspecify.annotations.NullMarked;
