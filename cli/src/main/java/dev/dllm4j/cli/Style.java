package dev.dllm4j.cli;

/** How a stretch of text looks on a terminal. */
enum Style {
    NORMAL(""),
    DIM("2"),
    /** Bold green, which both dark and light backgrounds leave readable. */
    BRIGHT("1;32"),
    /** Crossed out, for a token that has just given way. */
    STRUCK("2;9");

    static final String END = "\u001b[0m";

    private final String codes;

    Style(String codes) {
        this.codes = codes;
    }

    /** What switches to this style from no style. */
    String start() {
        return codes.isEmpty() ? "" : "\u001b[" + codes + "m";
    }

    String of(String text) {
        return codes.isEmpty() ? text : start() + text + END;
    }
}
