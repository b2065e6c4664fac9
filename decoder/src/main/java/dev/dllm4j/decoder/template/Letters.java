package dev.dllm4j.decoder.template;

import java.util.Locale;
import java.util.function.IntPredicate;

/** Upper and lower case, and what kind of characters a text has. */
final class Letters {
    /** Digits that are no decimal digits: superscripts, circled ones and the like, as first and last of each range. */
    private static final int[] OTHER_DIGITS = {
        0xb2, 0xb3, 0xb9, 0xb9, 0x1369, 0x1371, 0x19da, 0x19da, 0x2070, 0x2070, 0x2074, 0x2079, 0x2080, 0x2089, 0x2460,
        0x2468, 0x2474, 0x247c, 0x2488, 0x2490, 0x24ea, 0x24ea, 0x24f5, 0x24fd, 0x24ff, 0x24ff, 0x2776, 0x277e, 0x2780,
        0x2788, 0x278a, 0x2792, 0x10a40, 0x10a43, 0x10e60, 0x10e68, 0x11052, 0x1105a, 0x1f100, 0x1f10a
    };

    private Letters() {}

    static Object call(String text, String name, Arguments arguments, Budget budget) {
        arguments.bind(name);
        budget.build(text.length());
        return switch (name) {
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" -> capitalize(text);
            case "title" -> title(text);
            case "swapcase" -> swapped(text);
            case "isalnum" -> all(text, each -> Character.isLetter(each) || isNumeric(each));
            case "isalpha" -> all(text, Character::isLetter);
            case "isascii" -> text.chars().allMatch(each -> each < 0x80);
            case "isdecimal" -> all(text, Character::isDigit);
            case "isdigit" -> all(text, Letters::isDigit);
            case "isspace" -> all(text, Characters::isSpace);
            case "islower" -> cased(text, true);
            case "isupper" -> cased(text, false);
            default -> throw new IllegalArgumentException("the method " + name + " of str is not supported");
        };
    }

    private static boolean all(String text, IntPredicate kind) {
        return !text.isEmpty() && text.codePoints().allMatch(kind);
    }

    private static boolean isNumeric(int character) {
        int type = Character.getType(character);
        return Character.isDigit(character) || type == Character.OTHER_NUMBER || type == Character.LETTER_NUMBER;
    }

    private static boolean isDigit(int character) {
        if (Character.isDigit(character)) {
            return true;
        }
        for (int range = 0; range < OTHER_DIGITS.length; range += 2) {
            if (character >= OTHER_DIGITS[range] && character <= OTHER_DIGITS[range + 1]) {
                return true;
            }
        }
        return false;
    }

    static boolean cased(String text, boolean lower) {
        IntPredicate wrong = lower
                ? each -> Character.isUpperCase(each) || Character.isTitleCase(each)
                : each -> Character.isLowerCase(each) || Character.isTitleCase(each);
        IntPredicate right = lower ? Character::isLowerCase : Character::isUpperCase;
        return text.codePoints().noneMatch(wrong) && text.codePoints().anyMatch(right);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return titleCase(text.codePointAt(0)) + text.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String titleCase(int character) {
        int title = Character.toTitleCase(character);
        String upper = Character.toString(character).toUpperCase(Locale.ROOT);
        if (title != character || upper.codePointCount(0, upper.length()) < 2) {
            return Character.toString(title);
        }
        int first = upper.offsetByCodePoints(0, 1);
        return upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inWord = false;
        for (int index = 0; index < text.length(); index += Character.charCount(text.codePointAt(index))) {
            int character = text.codePointAt(index);
            title.append(inWord ? Character.toString(character).toLowerCase(Locale.ROOT) : titleCase(character));
            inWord = Character.isLowerCase(character)
                    || Character.isUpperCase(character)
                    || Character.isTitleCase(character);
        }
        return title.toString();
    }

    private static String swapped(String text) {
        StringBuilder swapped = new StringBuilder();
        text.codePoints().forEach(each -> {
            String character = Character.toString(each);
            swapped.append(
                    Character.isUpperCase(each)
                            ? character.toLowerCase(Locale.ROOT)
                            : Character.isLowerCase(each) ? character.toUpperCase(Locale.ROOT) : character);
        });
        return swapped.toString();
    }

    /** The filter {@code title}: words begin behind blanks, hyphens and opening brackets. */
    static String titleOfWords(String text, Budget budget) {
        budget.build(text.length());
        StringBuilder title = new StringBuilder();
        int start = 0;
        while (start < text.length()) {
            int end = start;
            while (end < text.length() && !separates(text.charAt(end))) {
                end++;
            }
            if (end > start) {
                int first = text.offsetByCodePoints(start, 1);
                title.append(text.substring(start, first).toUpperCase(Locale.ROOT));
                title.append(text.substring(first, end).toLowerCase(Locale.ROOT));
            }
            start = end;
            while (start < text.length() && separates(text.charAt(start))) {
                title.append(text.charAt(start++));
            }
        }
        return title.toString();
    }

    private static boolean separates(char character) {
        return Characters.isSpace(character) || "-({[<".indexOf(character) >= 0;
    }
}
