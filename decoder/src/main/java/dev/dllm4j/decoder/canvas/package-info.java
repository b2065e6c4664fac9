/** The data of one step: a canvas that fills with tokens, the part of it that is open, and what the model predicts. */
@NullMarked
package dev.dllm4j.decoder.canvas;

import org.jspecify.annotations.NullMarked;
