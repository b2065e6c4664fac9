package dev.dllm4j.decoder.text;

/**
 * How much text the tokenizer library is given at once, in {@code char}s. The library answers for a part in memory of a
 * few hundred bytes a character, and where it fails it ends the process; so a text that cannot be cut is refused above
 * these.
 *
 * @param part about how long a part is, where a text can be cut
 * @param longest most of a text, or of a stretch of it, that has no place to cut
 * @param run most characters of one kind (letters, digits, white space, others) on end, for a tokenizer with a regular
 *     expression that is not known
 */
public record TextLimits(int part, int longest, int run) {
    /** 16,384, 65,536 and 1,024. */
    public static final TextLimits DEFAULT = new TextLimits(1 << 14, 1 << 16, 1 << 10);

    public TextLimits {
        if (part < 1 || longest < part) {
            throw new IllegalArgumentException("a part is " + part + " characters and the longest " + longest
                    + "; they must be at least 1, the longest no shorter");
        }
        if (run < 1) {
            throw new IllegalArgumentException("a run is " + run + " characters; it must be at least 1");
        }
    }
}
