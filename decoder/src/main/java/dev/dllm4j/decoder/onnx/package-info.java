/**
 * The model runtime: pieces of a model in ONNX Runtime sessions, and the forward that runs them for a list of
 * sequences. The only package that knows ONNX Runtime.
 */
@NullMarked
package dev.dllm4j.decoder.onnx;

import org.jspecify.annotations.NullMarked;
