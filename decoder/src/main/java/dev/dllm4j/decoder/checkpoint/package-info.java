/** What the JSON files of a Hugging Face checkpoint say: settings, and the tokens that they spread over several files. */
@NullMarked
package dev.dllm4j.decoder.checkpoint;

import org.jspecify.annotations.NullMarked;
