package dev.dllm4j.decoder.text;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The text of single tokens as it reads inside a text, blanks included. For showing alone: a character that is spread
 * over several tokens is only whole where they are decoded together. Thread-safe.
 */
public final class TokenPieces {
    private final Tokenizer tokenizer;
    private final int[] before;
    private final Map<Integer, String> pieces = new ConcurrentHashMap<>();
    /** Decoded for the first piece: few of those who could ask for pieces do. */
    private volatile @Nullable String textBefore;

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
    }

    /** The text of a token; empty where it has none, as an end token. */
    public String of(int token) {
        return pieces.computeIfAbsent(token, this::decode);
    }

    private String decode(int token) {
        String start = textBefore();
        int[] both = IntStream.concat(IntStream.of(before), IntStream.of(token)).toArray();
        String text = tokenizer.decode(both);
        return text.startsWith(start) ? text.substring(start.length()) : tokenizer.decode(new int[] {token});
    }

    private String textBefore() {
        String text = textBefore;
        if (text == null) {
            text = tokenizer.decode(before);
            textBefore = text;
        }
        return text;
    }
}
