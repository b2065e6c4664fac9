package dev.dllm4j.decoder.template;

import java.util.function.IntPredicate;

/** Characters as Python classes them, and texts as rows of code points. */
final class Characters {
    private static final int LONG_NEEDLE = 64;

    private Characters() {}

    /** {@code str.isspace}. */
    static boolean isSpace(int character) {
        if (character < 0x80) {
            return character == ' '
                    || (character >= 0x09 && character <= 0x0d)
                    || (character >= 0x1c && character <= 0x1f);
        }
        return character == 0x85 || Character.isSpaceChar(character);
    }

    /** Whether a line ends with it. */
    static boolean isLineEnd(char character) {
        return (character >= 0x0a && character <= 0x0d)
                || (character >= 0x1c && character <= 0x1e)
                || character == 0x85
                || character == 0x2028
                || character == 0x2029;
    }

    /** Whether {@code repr} shows it as it is. */
    static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            default -> true;
        };
    }

    static String strip(String text, IntPredicate stripped, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && stripped.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && stripped.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    /** Whether each code point is one char. */
    static boolean isFlat(String text) {
        return text.codePointCount(0, text.length()) == text.length();
    }

    /** Place in the text's chars of a code point's index. */
    static int offset(String text, int index) {
        return text.offsetByCodePoints(0, index);
    }

    /** First place of a text within another, or -1; in time that grows with the sum of both lengths. */
    static int indexOf(String text, String wanted, int from, Budget budget) {
        budget.read((long) text.length() - from + wanted.length());
        if (wanted.length() <= LONG_NEEDLE) {
            return text.indexOf(wanted, from);
        }
        int[] borders = borders(wanted);
        int matched = 0;
        for (int index = from; index < text.length(); index++) {
            while (matched > 0 && text.charAt(index) != wanted.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (text.charAt(index) == wanted.charAt(matched) && ++matched == wanted.length()) {
                return index - matched + 1;
            }
        }
        return -1;
    }

    /** Last place of a text within another, or -1. */
    static int lastIndexOf(String text, String wanted, int from, Budget budget) {
        int end = Math.min(text.length(), from + wanted.length());
        if (wanted.length() <= LONG_NEEDLE) {
            budget.read(end);
            return text.lastIndexOf(wanted, from);
        }
        String backwards =
                new StringBuilder(text.substring(0, Math.max(0, end))).reverse().toString();
        String wantedBackwards = new StringBuilder(wanted).reverse().toString();
        int found = indexOf(backwards, wantedBackwards, 0, budget);
        return found < 0 ? -1 : backwards.length() - found - wanted.length();
    }

    /** For each prefix the length of its longest border, as Knuth, Morris and Pratt have it. */
    private static int[] borders(String wanted) {
        int[] borders = new int[wanted.length()];
        int length = 0;
        for (int index = 1; index < wanted.length(); index++) {
            while (length > 0 && wanted.charAt(index) != wanted.charAt(length)) {
                length = borders[length - 1];
            }
            if (wanted.charAt(index) == wanted.charAt(length)) {
                length++;
            }
            borders[index] = length;
        }
        return borders;
    }
}
