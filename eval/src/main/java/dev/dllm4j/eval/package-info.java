/**
 * Evaluation: questions with known answers go through a {@link dev.dllm4j.decoder.Decoder}, every answer is scored and
 * written, and what it took is counted.
 *
 * <p>{@link dev.dllm4j.eval.QuestionFile} → {@link dev.dllm4j.eval.Evaluation} → {@code items.jsonl} and
 * {@code summary.json}, one pair a {@link dev.dllm4j.decoder.DecodingConfig}. This is the only scoring loop.
 */
@NullMarked
package dev.dllm4j.eval;

import org.jspecify.annotations.NullMarked;
