package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Texts in pieces. */
final class Splitting {
    private Splitting() {}

    static List<Object> split(String text, boolean fromRight, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("split", "sep", "maxsplit");
        long most = bound.integer("maxsplit", -1);
        most = most < 0 ? Long.MAX_VALUE : most;
        Object separator = bound.get("sep", None.NONE);
        List<Object> pieces;
        if (separator instanceof None) {
            pieces = fromRight ? wordsFromRight(text, most, budget) : words(text, most, budget);
        } else {
            String sep = Values.text(separator, "split");
            if (sep.isEmpty()) {
                throw new IllegalArgumentException("split by an empty text");
            }
            pieces = fromRight ? splitFromRight(text, sep, most, budget) : split(text, sep, most, budget);
        }
        budget.build(text.length());
        return pieces;
    }

    private static List<Object> split(String text, String separator, long most, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        int from = 0;
        int at = most == 0 ? -1 : Characters.indexOf(text, separator, 0, budget);
        while (at >= 0) {
            piece(pieces, text.substring(from, at), budget);
            from = at + separator.length();
            at = pieces.size() == most
                    ? -1
                    : separator.length() <= 64
                            ? text.indexOf(separator, from)
                            : Characters.indexOf(text, separator, from, budget);
        }
        piece(pieces, text.substring(from), budget);
        return pieces;
    }

    private static List<Object> splitFromRight(String text, String separator, long most, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        int end = text.length();
        int at = most == 0 ? -1 : Characters.lastIndexOf(text, separator, end - separator.length(), budget);
        while (at >= 0) {
            piece(pieces, text.substring(at + separator.length(), end), budget);
            end = at;
            int last = end - separator.length();
            at = pieces.size() == most || last < 0
                    ? -1
                    : separator.length() <= 64
                            ? text.lastIndexOf(separator, last)
                            : Characters.lastIndexOf(text, separator, last, budget);
        }
        piece(pieces, text.substring(0, end), budget);
        Collections.reverse(pieces);
        return pieces;
    }

    private static List<Object> words(String text, long most, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        int at = skip(text, 0, true);
        while (at < text.length()) {
            if (pieces.size() == most) {
                piece(pieces, text.substring(at), budget);
                break;
            }
            int end = skip(text, at, false);
            piece(pieces, text.substring(at, end), budget);
            at = skip(text, end, true);
        }
        return pieces;
    }

    private static int skip(String text, int from, boolean spaces) {
        int at = from;
        while (at < text.length() && Characters.isSpace(text.charAt(at)) == spaces) {
            at++;
        }
        return at;
    }

    private static List<Object> wordsFromRight(String text, long most, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        int end = skipBack(text, text.length(), true);
        while (end > 0) {
            if (pieces.size() == most) {
                piece(pieces, text.substring(0, end), budget);
                break;
            }
            int start = skipBack(text, end, false);
            piece(pieces, text.substring(start, end), budget);
            end = skipBack(text, start, true);
        }
        Collections.reverse(pieces);
        return pieces;
    }

    private static int skipBack(String text, int from, boolean spaces) {
        int at = from;
        while (at > 0 && Characters.isSpace(text.charAt(at - 1)) == spaces) {
            at--;
        }
        return at;
    }

    static List<Object> lines(String text, boolean keepEnds, Budget budget) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        for (int at = 0; at < text.length(); at++) {
            if (Characters.isLineEnd(text.charAt(at))) {
                int end = at + (text.startsWith("\r\n", at) ? 2 : 1);
                piece(lines, text.substring(start, keepEnds ? end : at), budget);
                start = end;
                at = end - 1;
            }
        }
        if (start < text.length()) {
            piece(lines, text.substring(start), budget);
        }
        budget.build(text.length());
        return lines;
    }

    static Tuple partition(String text, boolean fromRight, String separator, Budget budget) {
        if (separator.isEmpty()) {
            throw new IllegalArgumentException("partition by an empty text");
        }
        int at = fromRight
                ? Characters.lastIndexOf(text, separator, text.length(), budget)
                : Characters.indexOf(text, separator, 0, budget);
        budget.build(text.length());
        if (at < 0) {
            return fromRight ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static void piece(List<Object> pieces, String piece, Budget budget) {
        budget.elements(1);
        pieces.add(piece);
    }
}
