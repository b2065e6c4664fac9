package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Token.Kind;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** The tokens inside a tag. */
final class TagLexer {
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens;
    private final IntUnaryOperator lines;
    private final StringBuilder brackets = new StringBuilder();
    private int at;

    TagLexer(String source, int at, List<Token> tokens, IntUnaryOperator lines) {
        this.source = source;
        this.at = at;
        this.tokens = tokens;
        this.lines = lines;
    }

    /** Whether no bracket is open, so that the tag may end here. */
    boolean balanced() {
        return brackets.isEmpty();
    }

    /** Adds the token that begins here; returns where it ends. */
    int token(int from) {
        at = from;
        int character = source.codePointAt(at);
        if (character == '\'' || character == '"') {
            string((char) character);
        } else if (character >= '0' && character <= '9') {
            number();
        } else if (character == '_' || Character.isUnicodeIdentifierStart(character)) {
            while (at < source.length()
                    && !Character.isIdentifierIgnorable(source.codePointAt(at))
                    && Character.isUnicodeIdentifierPart(source.codePointAt(at))) {
                at += Character.charCount(source.codePointAt(at));
            }
            add(Kind.NAME, source.substring(from, at), from);
        } else {
            operator(character);
        }
        return at;
    }

    private void operator(int character) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                bracket(operator.charAt(0));
                add(Kind.OPERATOR, operator, at);
                at += operator.length();
                return;
            }
        }
        throw fail("unexpected character " + Character.toString(character));
    }

    private void bracket(char operator) {
        int opens = "([{".indexOf(operator);
        int closes = ")]}".indexOf(operator);
        if (opens >= 0) {
            brackets.append(")]}".charAt(opens));
        } else if (closes >= 0) {
            int last = brackets.length() - 1;
            if (last < 0 || brackets.charAt(last) != operator) {
                throw fail("unexpected " + operator);
            }
            brackets.setLength(last);
        }
    }

    private void number() {
        int start = at;
        if (source.charAt(at) == '0' && at + 1 < source.length() && "xXoObB".indexOf(source.charAt(at + 1)) >= 0) {
            throw fail("numbers are supported in decimal notation only");
        }
        digits();
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        boolean fraction = !afterDot && digitAt(at) == '.' && isDigit(digitAt(at + 1));
        if (fraction) {
            at++;
            digits();
        }
        int sign = digitAt(at + 1) == '+' || digitAt(at + 1) == '-' ? 1 : 0;
        boolean exponent = !afterDot && (digitAt(at) == 'e' || digitAt(at) == 'E') && isDigit(digitAt(at + 1 + sign));
        if (exponent) {
            at += 1 + sign;
            digits();
        }
        String text = source.substring(start, at).replace("_", "");
        if (!fraction && !exponent && text.length() > 1 && text.charAt(0) == '0' && !text.matches("0+")) {
            throw fail("a number begins with 0; write it without");
        }
        add(fraction || exponent ? Kind.FLOAT : Kind.INTEGER, text, start);
    }

    private void digits() {
        while (isDigit(digitAt(at)) || (digitAt(at) == '_' && isDigit(digitAt(at + 1)))) {
            at++;
        }
    }

    private char digitAt(int position) {
        return position < source.length() ? source.charAt(position) : '\0';
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    private void string(char quote) {
        int start = at;
        StringBuilder value = new StringBuilder();
        at++;
        while (at < source.length() && source.charAt(at) != quote) {
            if (source.charAt(at) == '\\') {
                escape(value);
            } else {
                value.append(source.charAt(at++));
            }
        }
        if (at >= source.length()) {
            at = start;
            throw fail("a string does not end; close it with " + quote);
        }
        at++;
        add(Kind.STRING, value.toString(), start);
    }

    /** Python's escapes; one that it does not know stays as it is. */
    private void escape(StringBuilder value) {
        char kind = digitAt(at + 1);
        at += 2;
        int known = "abfnrtv\\'\"".indexOf(kind);
        if (known >= 0) {
            value.append("\u0007\b\f\n\r\t\u000b\\'\"".charAt(known));
        } else if (kind == 'x' || kind == 'u' || kind == 'U') {
            code(value, kind == 'x' ? 2 : kind == 'u' ? 4 : 8);
        } else if (kind >= '0' && kind <= '7') {
            int octal = kind - '0';
            for (int digits = 1; digits < 3 && digitAt(at) >= '0' && digitAt(at) <= '7'; digits++) {
                octal = octal * 8 + digitAt(at++) - '0';
            }
            value.append((char) octal);
        } else if (kind == 'N') {
            throw fail("\\N in a string is not supported; write the character itself");
        } else if (kind != '\n') {
            value.append('\\').append(kind);
        }
    }

    private void code(StringBuilder value, int length) {
        int code = 0;
        for (int index = 0; index < length; index++) {
            int digit = Character.digit(digitAt(at), 16);
            if (digit < 0 || code > Character.MAX_CODE_POINT) {
                throw fail("a string has an incomplete escape");
            }
            code = code * 16 + digit;
            at++;
        }
        if (code > Character.MAX_CODE_POINT || (code >= 0xD800 && code <= 0xDFFF)) {
            throw fail("a string has an escape that is not a character");
        }
        value.appendCodePoint(code);
    }

    private void add(Kind kind, String text, int from) {
        tokens.add(new Token(kind, text, lines.applyAsInt(from)));
    }

    private TemplateException fail(String reason) {
        return new TemplateException(lines.applyAsInt(Math.min(at, source.length())), reason);
    }
}
