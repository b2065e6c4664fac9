package dev.dllm4j.decoder.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.dllm4j.decoder.template.Template;
import dev.dllm4j.decoder.template.TemplateException;
import dev.dllm4j.decoder.template.TemplateLimits;
import dev.dllm4j.decoder.template.TemplateOptions;
import dev.dllm4j.decoder.template.TemplateRefusal;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Any text as a chat template: refused in the two ways there are, or rendered within its limits. */
public final class TemplateFuzz {
    private static final TemplateLimits LIMITS =
            new TemplateLimits(20_000, 20_000, 100_000, 400_000, 40, Duration.ofSeconds(5));
    private static final TemplateOptions OPTIONS = TemplateOptions.CHAT.withLimits(LIMITS);

    private TemplateFuzz() {}

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        String content = data.consumeString(60);
        String source = data.consumeRemainingAsString();
        Map<String, Object> variables = Map.of(
                "messages",
                List.of(Map.of("role", "user", "content", content), Map.of("role", "assistant", "content", "b")),
                "add_generation_prompt",
                true,
                "bos_token",
                "<s>");
        try {
            String text = Template.parse(source, OPTIONS).render(variables);
            if (text.length() > LIMITS.outputCharacters()) {
                throw new AssertionError("the text has " + text.length() + " characters");
            }
        } catch (TemplateException | TemplateRefusal refusal) {
            // What they are for.
        }
    }
}
