package dev.dllm4j.decoder.file;

/** A value as a message shows it, however long it is and whatever is in it: short, printable, on one line. */
public final class Quote {
    private static final int LONGEST = 60;
    private static final int LONGEST_CONTENT = 120;

    private Quote() {}

    /** At most 60 characters and an ellipsis. */
    public static String of(String value) {
        return of(value, LONGEST);
    }

    /** What a file holds: at most 120 characters and an ellipsis. */
    public static String content(Object value) {
        return of(value.toString(), LONGEST_CONTENT);
    }

    /** Whether a character shows as itself and moves no other. */
    public static boolean printable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** At most so many characters and an ellipsis. */
    public static String of(String value, int longest) {
        StringBuilder shown = new StringBuilder();
        int end = 0;
        for (int characters = 0; characters < longest && end < value.length(); characters++) {
            int character = value.codePointAt(end);
            shown.appendCodePoint(printable(character) ? character : ' ');
            end += Character.charCount(character);
        }
        return end < value.length() ? shown.append('…').toString() : shown.toString();
    }
}
