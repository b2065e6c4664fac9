package dev.dllm4j.decoder.template;

/** A piece of a template; {@code text} is a string's value, an operator's or name's spelling, or plain text. */
record Token(Kind kind, String text, int line) {
    enum Kind {
        TEXT,
        OUTPUT_BEGIN,
        OUTPUT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind which, String spelling) {
        return kind == which && text.equals(spelling);
    }

    /** As a message names it. */
    String shown() {
        return switch (kind) {
            case TEXT -> "text";
            case OUTPUT_BEGIN -> "{{";
            case OUTPUT_END -> "}}";
            case BLOCK_BEGIN -> "{%";
            case BLOCK_END -> "%}";
            case END -> "the end of the template";
            default -> text;
        };
    }
}
