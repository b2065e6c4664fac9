/** What the driver needs of a model: its numbers, and predictions for the rows a list of sequences asks for. */
@NullMarked
package dev.dllm4j.decoder.model;

import org.jspecify.annotations.NullMarked;
