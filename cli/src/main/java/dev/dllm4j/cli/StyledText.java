package dev.dllm4j.cli;

import java.util.ArrayList;
import java.util.List;

/** Text in several styles that is broken into lines. Mutable, one thread. */
final class StyledText {
    private final StringBuilder text = new StringBuilder();
    private final List<Style> styles = new ArrayList<>();

    /**
     * A line as it is printed, its styles closed.
     *
     * @param end exclusive end of the line in the text, in UTF-16 units
     */
    record Line(int end, String printed) {}

    /** Appends text; a line feed in it breaks the line, other control characters become visible. */
    StyledText append(String added, Style style) {
        added.codePoints().map(StyledText::printable).forEach(text::appendCodePoint);
        while (styles.size() < text.length()) {
            styles.add(style);
        }
        return this;
    }

    /** UTF-16 units appended so far. */
    int length() {
        return text.length();
    }

    /** Lines of at most {@code width} columns, broken at spaces where there are any. */
    List<Line> lines(int width) {
        List<Line> lines = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int end = lineEnd(start, width);
            lines.add(new Line(end, styled(start, end)));
            boolean atBlank = end < text.length() && " \n".indexOf(text.charAt(end)) >= 0;
            start = atBlank ? end + 1 : end;
        }
        return lines;
    }

    /** Exclusive end of the line that begins at {@code start}. */
    private int lineEnd(int start, int width) {
        int columns = 0;
        int lastBlank = start;
        int at = start;
        while (at < text.length() && text.charAt(at) != '\n') {
            int codePoint = text.codePointAt(at);
            if (codePoint == ' ') {
                lastBlank = at;
            }
            columns += Columns.of(codePoint);
            if (columns > width && at > start) {
                return lastBlank > start ? lastBlank : at;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    private String styled(int start, int end) {
        StringBuilder line = new StringBuilder();
        int from = start;
        for (int to = start; to <= end; to++) {
            if (to == end || styles.get(to) != styles.get(from)) {
                line.append(styles.get(Math.min(from, styles.size() - 1)).of(text.substring(from, to)));
                from = to;
            }
        }
        return line.toString();
    }

    private static int printable(int codePoint) {
        if (codePoint == '\t') {
            return ' ';
        }
        return codePoint != '\n' && Character.isISOControl(codePoint) ? '\u00b7' : codePoint;
    }
}
