package dev.dllm4j.decoder.text;

/**
 * White space around the tags of a template, as Jinja with {@code trim_blocks} and {@code lstrip_blocks} has it: the
 * newline behind a block goes, and so do the blanks before a block that is the first thing on its line; {@code -} takes
 * all white space on its side and {@code +} leaves it. The result holds neither signs nor comments. Jinjava's own
 * settings of these names also take the blank in {@code User: {% if …}}, and its {@code -} fails beside comments.
 */
final class BlockTrimmer {
    private final String template;
    private final StringBuilder trimmed = new StringBuilder();
    private int at;
    /** Whether the text at hand begins at the start of a line. */
    private boolean lineStart = true;

    private BlockTrimmer(String template) {
        this.template = template;
    }

    static String trim(String template) {
        return new BlockTrimmer(template).trim();
    }

    private String trim() {
        for (int open = nextTag(); open >= 0; open = nextTag()) {
            int close = close(open);
            trimmed.append(before(open));
            if (template.charAt(open + 1) != '#') {
                trimmed.append(withoutSigns(open, close));
            }
            skipBehind(close);
        }
        return trimmed.append(template, at, template.length()).toString();
    }

    /** Where the next tag opens, or -1; one that does not close is text. */
    private int nextTag() {
        for (int open = template.indexOf('{', at); open >= 0; open = template.indexOf('{', open + 1)) {
            if (open + 1 < template.length() && "{%#".indexOf(template.charAt(open + 1)) >= 0 && close(open) >= 0) {
                return open;
            }
        }
        return -1;
    }

    /** Exclusive end of a tag, or -1; braces in the quotes of an expression do not close it. */
    private int close(int open) {
        char kind = template.charAt(open + 1);
        String end = kind == '{' ? "}}" : kind + "}";
        for (int position = open + 2; position < template.length(); position++) {
            if (template.startsWith(end, position)) {
                return position + 2;
            }
            char character = template.charAt(position);
            if (kind != '#' && (character == '\'' || character == '"')) {
                position = quoteEnd(position);
            }
        }
        return -1;
    }

    private int quoteEnd(int quote) {
        int position = quote + 1;
        while (position < template.length() && template.charAt(position) != template.charAt(quote)) {
            position += template.charAt(position) == '\\' ? 2 : 1;
        }
        return position;
    }

    /** The text that stays before a tag. */
    private String before(int open) {
        String text = template.substring(at, open);
        char sign = template.charAt(open + 2);
        if (sign == '-') {
            return text.stripTrailing();
        }
        int line = text.lastIndexOf('\n') + 1;
        boolean first = (line > 0 || lineStart) && text.substring(line).isBlank();
        return template.charAt(open + 1) != '{' && sign != '+' && first ? text.substring(0, line) : text;
    }

    private String withoutSigns(int open, int close) {
        String inside = template.substring(open + 2, close - 2);
        int start = inside.startsWith("-") || inside.startsWith("+") ? 1 : 0;
        int end = inside.endsWith("-") || inside.endsWith("+") ? inside.length() - 1 : inside.length();
        return template.substring(open, open + 2)
                + inside.substring(start, Math.max(start, end))
                + template.substring(close - 2, close);
    }

    private void skipBehind(int close) {
        char sign = template.charAt(close - 3);
        at = close;
        if (sign == '-') {
            at = template.length() - template.substring(close).stripLeading().length();
        } else if (sign != '+' && template.charAt(close - 2) != '}') {
            at += template.startsWith("\n", close) ? 1 : 0;
        }
        lineStart = template.charAt(at - 1) == '\n';
    }
}
