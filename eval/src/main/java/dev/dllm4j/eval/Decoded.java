package dev.dllm4j.eval;

import dev.dllm4j.decoder.Answer;

/** What became of a prompt. */
public sealed interface Decoded {
    /** It was decoded to its end. */
    record Answered(Answer answer) implements Decoded {}

    /** Prompt and gen length exceed the model's context; nothing was decoded. */
    record OutOfContext() implements Decoded {}

    /** It could not be read, or its decoding failed; others go on. */
    record Failed(RuntimeException cause) implements Decoded {}
}
