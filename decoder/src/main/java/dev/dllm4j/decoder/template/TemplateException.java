package dev.dllm4j.decoder.template;

import org.jspecify.annotations.Nullable;

/** What is wrong with a template, in one line that names the template's line. */
public final class TemplateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String reason;

    TemplateException(int line, String reason) {
        this(line, reason, null);
    }

    TemplateException(int line, String reason, @Nullable Throwable cause) {
        super("line " + line + ": " + reason, cause);
        this.line = line;
        this.reason = reason;
    }

    /** Line of the template, from 1. */
    public int line() {
        return line;
    }

    /** The message without its line. */
    public String reason() {
        return reason;
    }
}
