package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Parts a template into text and tags, with the white space around tags as Jinja2 has it under {@code trim_blocks} and
 * {@code lstrip_blocks}: the newline behind a block goes, and so do the blanks before a block that is the first thing on
 * its line; {@code -} takes all white space on its side and {@code +} leaves it.
 */
final class Lexer {
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineCounted;

    Lexer(String template, boolean keepTrailingNewline) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        this.source = !keepTrailingNewline && lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    List<Token> tokens() {
        for (int open = nextTag(); open >= 0; open = nextTag()) {
            tag(open);
        }
        text(source.substring(at));
        at = source.length();
        tokens.add(new Token(Kind.END, "", line()));
        return List.copyOf(tokens);
    }

    private void tag(int open) {
        char kind = source.charAt(open + 1);
        text(before(open, kind != '{'));
        at = open;
        int line = line();
        int inside = open + 2;
        if (inside < source.length() && "-+".indexOf(source.charAt(inside)) >= 0) {
            inside++;
        }
        if (kind == '#') {
            int close = source.indexOf("#}", inside);
            if (close < 0) {
                throw new TemplateException(line, "a comment does not end; close it with #}");
            }
            at = close + 2;
            skipBehind(at, source.charAt(close - 1));
        } else if (kind == '%' && rawEnd(inside) >= 0) {
            raw(rawEnd(inside), line);
        } else {
            tokens.add(new Token(kind == '{' ? Kind.OUTPUT_BEGIN : Kind.BLOCK_BEGIN, "", line));
            at = inside;
            inside(kind == '{' ? "}}" : "%}", kind == '%', line);
        }
    }

    /** Where the next tag opens, or -1. */
    private int nextTag() {
        for (int open = source.indexOf('{', at); open >= 0; open = source.indexOf('{', open + 1)) {
            if (open + 1 < source.length() && "{%#".indexOf(source.charAt(open + 1)) >= 0) {
                return open;
            }
        }
        return -1;
    }

    /** The text that stays before a tag. */
    private String before(int open, boolean block) {
        String text = source.substring(at, open);
        char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
        if (sign == '-') {
            return Characters.strip(text, Characters::isSpace, false, true);
        }
        int start = text.lastIndexOf('\n') + 1;
        boolean lineStart = start > 0 || at == 0 || source.charAt(at - 1) == '\n';
        boolean blank = Characters.strip(text.substring(start), Characters::isSpace, true, false)
                .isEmpty();
        return block && sign != '+' && lineStart && blank ? text.substring(0, start) : text;
    }

    private void skipBehind(int end, char sign) {
        at = end;
        if (sign == '-') {
            skipSpace();
        } else if (sign != '+' && source.startsWith("\n", at)) {
            at++;
        }
    }

    private void skipSpace() {
        while (at < source.length() && Characters.isSpace(source.charAt(at))) {
            at++;
        }
    }

    /** Exclusive end of a {@code raw} tag whose inside begins here, or -1; without the white space behind it. */
    private int rawEnd(int inside) {
        int position = space(inside);
        if (!source.startsWith("raw", position)) {
            return -1;
        }
        position = space(position + 3);
        return source.startsWith("-%}", position)
                ? position + 3
                : source.startsWith("%}", position) ? position + 2 : -1;
    }

    private int space(int from) {
        int position = from;
        while (position < source.length() && Characters.isSpace(source.charAt(position))) {
            position++;
        }
        return position;
    }

    private void raw(int end, int line) {
        at = end;
        if (source.charAt(end - 3) == '-') {
            skipSpace();
        }
        for (int open = source.indexOf("{%", at); open >= 0; open = source.indexOf("{%", open + 2)) {
            int position = open + 2;
            if (position < source.length() && "-+".indexOf(source.charAt(position)) >= 0) {
                position++;
            }
            position = space(position);
            if (source.startsWith("endraw", position)) {
                position = space(position + 6);
                char sign = position < source.length() ? source.charAt(position) : ' ';
                int close = sign == '-' || sign == '+' ? position + 1 : position;
                if (source.startsWith("%}", close)) {
                    text(before(open, true));
                    skipBehind(close + 2, sign);
                    return;
                }
            }
        }
        throw new TemplateException(line, "raw does not end; close it with {% endraw %}");
    }

    private void inside(String end, boolean block, int line) {
        TagLexer tag = new TagLexer(source, at, tokens, this::lineAt);
        while (true) {
            at = space(at);
            if (at >= source.length()) {
                throw new TemplateException(line, "a tag does not end; close it with " + end);
            }
            if (tag.balanced()) {
                char sign = source.charAt(at);
                int close = sign == '-' || (block && sign == '+') ? at + 1 : at;
                if (source.startsWith(end, close)) {
                    tokens.add(new Token(block ? Kind.BLOCK_END : Kind.OUTPUT_END, "", line()));
                    if (block || sign == '-') {
                        skipBehind(close + 2, sign);
                    } else {
                        at = close + 2;
                    }
                    return;
                }
            }
            at = tag.token(at);
        }
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Kind.TEXT, text, line()));
        }
    }

    private int line() {
        return lineAt(at);
    }

    private int lineAt(int position) {
        for (; lineCounted < position; lineCounted++) {
            if (source.charAt(lineCounted) == '\n') {
                line++;
            }
        }
        return line;
    }
}
