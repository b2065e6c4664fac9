package dev.dllm4j.decoder.file;

/** Text of a file as a message may show it: one line, no control characters, not longer than a line. */
public final class Shown {
    private static final int MOST = 120;

    private Shown() {}

    /** The text, cut, with a dot for every control character. */
    public static String of(Object value) {
        String text = value.toString();
        String cut = text.length() > MOST ? text.substring(0, MOST) + "…" : text;
        return cut.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "·");
    }
}
