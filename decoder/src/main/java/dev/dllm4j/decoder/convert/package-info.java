/**
 * From a Hugging Face checkpoint to a model folder of ONNX pieces.
 *
 * <p>{@link dev.dllm4j.decoder.convert.Converter} reads config and safetensors, copies the weights in chunks into one
 * external-data file, and writes the pieces' graphs beside it.
 */
@NullMarked
package dev.dllm4j.decoder.convert;

import org.jspecify.annotations.NullMarked;
