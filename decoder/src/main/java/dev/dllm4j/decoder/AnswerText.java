package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.text.Tokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What of a canvas is text. */
final class AnswerText {
    private AnswerText() {}

    static Answer answer(Decoding decoding, ModelSpec spec, Tokenizer tokenizer) {
        int[] tokens = decoding.tokens();
        int[] generated = Arrays.copyOfRange(tokens, decoding.promptLength(), tokens.length);
        Draft draft = decoding.draft();
        FilledText text = draft.hasText()
                ? FilledText.of(draft, generated, spec, tokenizer)
                : FilledText.of(tokens(generated, spec), tokenizer);
        return new Answer(
                text.text(),
                IntStream.of(generated).boxed().toList(),
                decoding.finishReason(),
                decoding.promptLength(),
                text.decoded(),
                decoding.config(),
                decoding.work());
    }

    /** What stands before the first end token, without padding and masks. */
    static int[] tokens(int[] generated, ModelSpec spec) {
        return IntStream.of(generated)
                .takeWhile(token -> !spec.endTokens().contains(token))
                .filter(token -> !spec.outsideText(token))
                .toArray();
    }

    /** What never changes again. Fixed text does not end where a slot has an end token. */
    static int[] settled(Decoding decoding, ModelSpec spec) {
        return decoding.draft().hasText()
                ? IntStream.of(decoding.settled())
                        .filter(token -> !spec.outsideText(token))
                        .toArray()
                : tokens(decoding.settled(), spec);
    }
}
