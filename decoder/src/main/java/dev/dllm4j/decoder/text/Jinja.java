package dev.dllm4j.decoder.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.util.List;
import java.util.Map;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Cache;
import jinjava.javax.el.ExpressionFactory;

/**
 * Jinja as chat templates expect it: jinjava with the settings of {@code transformers} (blocks trimmed and stripped on
 * the left, nothing escaped) and Python's answers where jinjava's differ. Safe for use by several threads.
 */
final class Jinja {
    /*
     * Where a difference cannot be mended, the template is refused, because a prompt that is almost right is worse
     * than none: every problem jinjava reports stops the rendering, also those it would only warn of. What is known to
     * remain: true, false and none print in Java's way, "and" gives a truth value, == converts its operands, the text
     * "false" counts as false, and what a loop's body sets is still set in the next round.
     */

    /** Slow to build (some hundred classes), so nothing but a rendering may touch this class. */
    private static final Jinjava ENGINE = engine();

    private Jinja() {}

    /** Throws {@link Refusal} where the template says so, {@link IllegalArgumentException} where it is at fault. */
    static String render(String template, Map<String, ?> variables) {
        RenderResult result = ENGINE.renderForResult(BlockTrimmer.trim(unixLines(template)), variables);
        List<TemplateError> errors = result.getErrors();
        if (!errors.isEmpty()) {
            throw failure(errors.get(0));
        }
        return result.getOutput();
    }

    /** What a template says against the messages, by {@code raise_exception}. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message);
        }
    }

    @SuppressWarnings("DoNotCallSuggester") // templates call it
    static String raise(String message) {
        throw new Refusal(message);
    }

    private static RuntimeException failure(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Refusal refusal) {
                return refusal;
            }
        }
        return new IllegalArgumentException(error.getMessage());
    }

    /** As Jinja reads a template: one kind of line end, and none behind the last line. */
    private static String unixLines(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        return lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    private static Jinjava engine() {
        ExpressionFactory expressions = new ExpressionFactoryImpl(
                new TreeStore(new PythonExpressions(), new Cache(256)), new TruthyTypeConverter());
        var engine = new Jinjava(config()) {
            @Override
            public ExpressionFactory getExpressionFactory() {
                return expressions;
            }
        };
        engine.registerFilter(new TrimFilter());
        engine.registerFilter(new ToJsonFilter());
        engine.registerTag(new LoopTag());
        engine.registerFunction(new ELFunctionDefinition("", "raise_exception", Jinja.class, "raise", String.class));
        return engine;
    }

    private static JinjavaConfig config() {
        return JinjavaConfig.newBuilder()
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false) // else braces in a message would run as a template
                .withLegacyOverrides(overrides())
                .build();
    }

    /** Python's reading of Jinja in place of jinjava's older ones: all there are but one, which makes "{{-" text. */
    private static LegacyOverrides overrides() {
        return LegacyOverrides.newBuilder()
                .withAllowAdjacentTextNodes(true)
                .withEvaluateMapKeys(true)
                .withHandleBackslashInQuotesOnly(true)
                .withIterateOverMapKeys(true)
                .withKeepNullableLoopValues(true)
                .withParseWhitespaceControlStrictly(true)
                .withUseNaturalOperatorPrecedence(true)
                .withUsePyishObjectMapper(true)
                .withUseSnakeCasePropertyNaming(true)
                .withUseTrimmingForNotesAndExpressions(true)
                .build();
    }
}
