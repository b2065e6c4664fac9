package dev.dllm4j.decoder.text;

import java.util.Arrays;

/**
 * The text of one canvas while it settles, handed out in pieces. A piece is never taken back and never holds part of a
 * character: bytes of one that is not complete wait for the rest, or for {@link #finish()}. The pieces of all ids, put
 * together, are the text of {@link Tokenizer#decode}. Mutable, confined to one thread.
 */
public final class TextStream {
    /*
     * A token's text depends on its neighbours (half a character, a space that only shows behind a word), but not on
     * far ones. So the window holds two runs of tokens: the context, whose text is out and which shows the rest where
     * it stands, and behind it the tokens whose text is not out in full. When the window's text ends with a whole
     * character, the second run becomes the context of the next. Every token is thus decoded a few times only, unless
     * it belongs to a run of bytes that form no character.
     *
     * U+FFFD at the end means "not complete, or wrong": both wait. A tokenizer with byte fallback turns a whole run of
     * byte tokens into U+FFFD when one of them is wrong, also those that were characters before; what is out then
     * stands.
     */

    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private int[] window = new int[64];
    private int size;
    private int contextEnd;
    /** Characters of the window's text that are out. */
    private int out;

    /** Characters of the text before the window. */
    private int before;
    /** Characters of the window's text. */
    private int windowLength;

    private int taken;
    private boolean finished;

    public TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * The text that became certain since the last call.
     *
     * @param ids any array that holds the generated ids, e.g. a canvas
     * @param from where generation starts in it
     * @param to exclusive end of the settled prefix; {@code [from, to)} repeats the ids of earlier calls
     */
    public String append(int[] ids, int from, int to) {
        if (finished) {
            throw new IllegalStateException("the text is finished; a stream serves one canvas; start another");
        }
        if (to - from < taken) {
            throw new IllegalArgumentException("the settled prefix is " + (to - from) + " ids long; it was " + taken
                    + " and must never shrink; hand in settled ids only");
        }
        int sizeBefore = size;
        for (int position = from + taken; position < to; position++) {
            add(ids[position]);
        }
        taken = to - from;
        return size == sizeBefore ? "" : read();
    }

    /** Whether it takes no more ids. */
    public boolean finished() {
        return finished;
    }

    /** Characters of the text of all ids so far, also of those whose text is not certain yet. */
    public int length() {
        return before + windowLength;
    }

    /** The rest of the text, incomplete characters as U+FFFD; then the stream takes no more ids. */
    public String finish() {
        finished = true;
        String text = decode();
        return release(text, text.length());
    }

    private void add(int id) {
        if (tokenizer.special(id)) {
            return;
        }
        if (size == window.length) {
            window = Arrays.copyOf(window, 2 * size);
        }
        window[size++] = id;
    }

    private String read() {
        String text = decode();
        windowLength = text.length();
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == INCOMPLETE) {
            end--;
        }
        String released = release(text, end);
        if (end == text.length()) {
            advance();
        }
        return released;
    }

    private String release(String text, int end) {
        String released = text.substring(Math.min(out, end), end);
        out = Math.max(out, end);
        return released;
    }

    /** Ids without text of their own, such as ids outside the vocabulary, are no context; they wait for others. */
    private void advance() {
        int[] complete = Arrays.copyOfRange(window, contextEnd, size);
        int length = tokenizer.decode(complete).length();
        if (length > 0) {
            System.arraycopy(complete, 0, window, 0, complete.length);
            size = complete.length;
            contextEnd = complete.length;
            out = length;
            before += windowLength - length;
            windowLength = length;
        }
    }

    private String decode() {
        return tokenizer.decode(Arrays.copyOf(window, size));
    }
}
