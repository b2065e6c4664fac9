package dev.dllm4j.decoder.file;

/** Text of a file as a message may show it: one line, no control characters, short. */
public final class Shown {
    private static final int MOST = 120;

    private Shown() {}

    /** The text, cut at 120 characters, with a dot for every control character. */
    public static String of(Object value) {
        return of(value, MOST);
    }

    /** The text, cut at so many characters. */
    public static String of(Object value, int most) {
        String text = value.toString();
        String cut = text.length() > most ? text.substring(0, most) + "…" : text;
        return cut.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "·");
    }
}
