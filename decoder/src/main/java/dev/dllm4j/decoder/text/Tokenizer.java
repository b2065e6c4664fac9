package dev.dllm4j.decoder.text;

import java.util.OptionalInt;

/** Text to token ids and back. Safe for use by several threads. */
public interface Tokenizer extends AutoCloseable {
    /** The ids of a text. Special tokens written in it are recognised as such; none is added. */
    int[] encode(String text);

    /** A number of tokens below which {@link #encode} cannot stay, known without encoding; 0 where nothing is known. */
    default int fewestTokens(String text) {
        return 0;
    }

    /** The text of ids, without their special tokens; ids outside the vocabulary have no text. */
    String decode(int[] ids);

    /** The id of one token as the vocabulary writes it, e.g. {@code <|endoftext|>}. */
    OptionalInt id(String token);

    /** Whether an id stands for control (begin, end, mask, pad) rather than for text. */
    boolean special(int id);

    @Override
    void close();
}
