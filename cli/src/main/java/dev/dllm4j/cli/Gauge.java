package dev.dllm4j.cli;

/**
 * How far something is: a bar, and the same in words. Where both do not fit, the bar shrinks, then the last words go, part
 * by part, and at last the bar.
 *
 * @param share that is done, within [0, 1]
 * @param words parts with ", " between them, the most important first, without line feeds and escape sequences
 */
record Gauge(double share, String words) {
    private static final int WIDEST_BAR = 30;
    private static final int NARROWEST_BAR = 5;
    private static final String BETWEEN = ", ";
    private static final String CUT = "\u2026";

    /** A line that is narrower than the terminal, because a full one would move to the next. */
    String line(Terminal terminal, int columns) {
        String kept = words;
        while (bar(kept, columns) < NARROWEST_BAR && kept.contains(BETWEEN)) {
            kept = kept.substring(0, kept.lastIndexOf(BETWEEN));
        }
        int bar = bar(kept, columns);
        if (bar < NARROWEST_BAR) {
            return fit(kept, columns);
        }
        int full = (int) (bar * share);
        return "\u2501".repeat(full) + rest(terminal, bar - full) + " " + kept;
    }

    /** Columns that words leave for a bar. */
    private static int bar(String words, int columns) {
        return Math.min(WIDEST_BAR, columns - 2 - Columns.of(words));
    }

    /** Without a style, what is open must still look different. */
    private static String rest(Terminal terminal, int length) {
        return terminal.escapes() ? terminal.styled(Style.DIM, "\u2501".repeat(length)) : "\u2500".repeat(length);
    }

    /** Words alone, cut where they would fill the terminal. */
    static String fit(String words, int columns) {
        int room = columns - 1;
        if (Columns.of(words) <= room) {
            return words;
        }
        StringBuilder kept = new StringBuilder();
        int width = Columns.of(CUT);
        for (int codePoint : words.codePoints().toArray()) {
            width += Columns.of(codePoint);
            if (width > room) {
                break;
            }
            kept.appendCodePoint(codePoint);
        }
        return room < 1 ? "" : kept + CUT;
    }
}
