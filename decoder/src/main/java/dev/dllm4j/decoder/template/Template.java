package dev.dllm4j.decoder.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed template. Immutable; any number of threads may render it at a time. It means what Jinja2's
 * {@code ImmutableSandboxedEnvironment} makes of it with the settings of {@code transformers}; what is not supported is
 * refused by {@link #parse} with its line, or by {@link #render} where only the values show it, and never rendered
 * differently.
 */
public final class Template {
    private final List<Statement> body;
    private final TemplateOptions options;

    private Template(List<Statement> body, TemplateOptions options) {
        this.body = body;
        this.options = options;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException where it is too long, not well-formed, or uses what is not supported
     */
    public static Template parse(String source, TemplateOptions options) {
        TemplateLimits limits = options.limits();
        if (source.length() > limits.templateCharacters()) {
            throw new TemplateException(
                    1,
                    "the template has " + source.length() + " characters; at most " + limits.templateCharacters()
                            + " are read");
        }
        List<Token> tokens = new Lexer(source, options.keepTrailingNewline()).tokens();
        Tokens stream = new Tokens(tokens, limits.depth());
        return new Template(new StatementParser(stream, options.filters().keySet()).template(), options);
    }

    /**
     * Renders it with variables that are Strings, Numbers, Booleans, nulls (Python's None), and Lists and Maps of such.
     *
     * @throws TemplateException where the values do not fit, or a limit is reached
     * @throws TemplateRefusal where the template says so
     * @throws java.util.concurrent.CancellationException where the thread is interrupted; it stays interrupted
     */
    public String render(Map<String, ? extends @Nullable Object> variables) {
        Context context = new Context(new Budget(options.limits()), options);
        StringBuilder output = new StringBuilder();
        try {
            Scope scope = new Scope();
            variables.forEach((name, value) -> scope.set(name, Values.of(value)));
            new Renderer(context, output).execute(body, scope, output);
        } catch (TemplateException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new TemplateException(1, String.valueOf(e.getMessage()), e);
        } catch (StackOverflowError e) {
            throw new TemplateException(1, "the template nests deeper than this thread's stack allows", e);
        }
        return output.toString();
    }
}
