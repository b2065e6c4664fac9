package dev.dllm4j.decoder.text;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * The text of single tokens as it reads inside a text, blanks included. For showing alone: a character that is spread
 * over several tokens is only whole where they are decoded together. Thread-safe.
 */
public final class TokenPieces {
    private final Tokenizer tokenizer;
    private final int[] before;
    private final String textBefore;
    private final Map<Integer, String> pieces = new ConcurrentHashMap<>();

    /**
     * @param prompt lends an ordinary token to stand before the decoded one, because many tokenizers drop the blank of a
     *     text's first token
     */
    public TokenPieces(Tokenizer tokenizer, int[] prompt) {
        this.tokenizer = tokenizer;
        this.before = IntStream.of(prompt)
                .filter(token -> !tokenizer.special(token))
                .limit(1)
                .toArray();
        this.textBefore = tokenizer.decode(before);
    }

    /** The text of a token; empty where it has none, as an end token. */
    public String of(int token) {
        return pieces.computeIfAbsent(token, this::decode);
    }

    private String decode(int token) {
        int[] both = IntStream.concat(IntStream.of(before), IntStream.of(token)).toArray();
        String text = tokenizer.decode(both);
        return text.startsWith(textBefore) ? text.substring(textBefore.length()) : tokenizer.decode(new int[] {token});
    }
}
