package dev.dllm4j.cli;

import dev.dllm4j.decoder.text.Tokenizer;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The text of single tokens as it reads inside a text, blanks included. For showing alone: a character that is spread
 * over several tokens is only whole where they are decoded together.
 */
final class TokenPieces {
    private final Tokenizer tokenizer;
    private final int[] before;
    private final String textBefore;
    private final Map<Integer, String> pieces = new HashMap<>();

    /**
     * @param prompt lends an ordinary token to stand before the decoded one, because many tokenizers drop the blank of a
     *     text's first token
     */
    TokenPieces(Tokenizer tokenizer, int[] prompt) {
        this.tokenizer = tokenizer;
        this.before = IntStream.of(prompt)
                .filter(token -> !tokenizer.special(token))
                .limit(1)
                .toArray();
        this.textBefore = tokenizer.decode(before);
    }

    String of(int token) {
        return pieces.computeIfAbsent(token, this::decode);
    }

    private String decode(int token) {
        int[] both = IntStream.concat(IntStream.of(before), IntStream.of(token)).toArray();
        String text = tokenizer.decode(both);
        return text.startsWith(textBefore) ? text.substring(textBefore.length()) : tokenizer.decode(new int[] {token});
    }
}
