/** Text to token ids and back: tokenizer, chat template, and the text of a canvas that fills out of order. */
@NullMarked
package dev.dllm4j.decoder.text;

import org.jspecify.annotations.NullMarked;
