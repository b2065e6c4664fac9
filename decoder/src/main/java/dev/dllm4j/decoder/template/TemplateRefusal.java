package dev.dllm4j.decoder.template;

/** What a template says against its variables, by {@code raise_exception}. */
public final class TemplateRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TemplateRefusal(String message) {
        super(message);
    }
}
