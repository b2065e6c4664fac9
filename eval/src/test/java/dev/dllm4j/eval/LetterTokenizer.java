package dev.dllm4j.eval;

import dev.dllm4j.decoder.text.Tokenizer;
import java.util.OptionalInt;

/** One ASCII character, one token; the control characters are special. */
final class LetterTokenizer implements Tokenizer {
    static final int MASK = 0;
    static final int END = 1;
    static final int VOCABULARY = 128;

    @Override
    public int[] encode(String text) {
        return text.chars().toArray();
    }

    @Override
    public String decode(int[] ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            if (!special(id)) {
                text.append((char) id);
            }
        }
        return text.toString();
    }

    @Override
    public OptionalInt id(String token) {
        return token.length() == 1 ? OptionalInt.of(token.charAt(0)) : OptionalInt.empty();
    }

    @Override
    public boolean special(int id) {
        return id < ' ';
    }

    @Override
    public void close() {}
}
