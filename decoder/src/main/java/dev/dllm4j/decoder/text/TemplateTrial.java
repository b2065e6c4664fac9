package dev.dllm4j.decoder.text;

import dev.dllm4j.decoder.template.TemplateException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Renders a template with the conversations that chats consist of. What a template refuses by itself, e.g. a system
 * message, is its word and no fault.
 *
 * @param faults what is wrong, with the template's line, by the conversation's name; in the order they were tried
 * @param rendered whether any conversation was rendered, or refused by the template itself
 */
public record TemplateTrial(Map<String, String> faults, boolean rendered) {
    private static final Message SYSTEM = new Message("system", "Answer in one word.");
    private static final Message USER = new Message("user", "What is the capital of France?");
    private static final Message ASSISTANT = new Message("assistant", "Paris.");
    private static final Message AGAIN = new Message("user", "And of Italy?");

    public TemplateTrial {
        faults = Collections.unmodifiableMap(new LinkedHashMap<>(faults));
    }

    /** Renders one question, one with a system message, and two turns. */
    public static TemplateTrial of(ChatTemplate template) {
        Map<String, List<Message>> conversations = new LinkedHashMap<>();
        conversations.put("a user's message", List.of(USER));
        conversations.put("a system message before a user's", List.of(SYSTEM, USER));
        conversations.put("two turns", List.of(USER, ASSISTANT, AGAIN));
        Map<String, String> faults = new LinkedHashMap<>();
        conversations.forEach(
                (name, messages) -> fault(template, messages).ifPresent(fault -> faults.put(name, fault)));
        return new TemplateTrial(faults, faults.size() < conversations.size());
    }

    private static Optional<String> fault(ChatTemplate template, List<Message> messages) {
        try {
            template.render(messages, true);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return e.getCause() instanceof TemplateException fault
                    ? Optional.of(ChatTemplate.shown(fault.getMessage()))
                    : Optional.empty();
        }
    }
}
