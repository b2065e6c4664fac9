package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.text.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The messages of a chat: who says what. Tools, images and sound are refused by name. */
final class MessageFields {
    private static final int MOST_MESSAGES = 1000;

    private static final Map<String, String> ROLES =
            Map.of("system", "system", "developer", "system", "user", "user", "assistant", "assistant");
    private static final Set<String> TOOL_ROLES = Set.of("tool", "function");

    private MessageFields() {}

    /**
     * Reads {@code messages}.
     *
     * @throws ApiError at the first that is not taken
     */
    static List<Message> read(Fields request) {
        JsonNode value = request.required("messages");
        if (!value.isArray() || value.isEmpty() || value.size() > MOST_MESSAGES) {
            throw Fields.wrong("messages", value, "an array of 1 to " + MOST_MESSAGES + " messages");
        }
        List<Message> messages = new ArrayList<>(value.size());
        for (int index = 0; index < value.size(); index++) {
            messages.add(message(request.at("messages[" + index + "]", value.get(index))));
        }
        return messages;
    }

    private static Message message(Fields message) {
        String role = role(message);
        message.harmless(HarmlessFields.MESSAGES); // First: a turn that calls a tool has no content.
        String content = content(message);
        message.end();
        return new Message(role, content);
    }

    private static String role(Fields message) {
        JsonNode value = message.required("role");
        String given = value.asText();
        String place = message.name("role");
        if (TOOL_ROLES.contains(given)) {
            throw ApiError.field(place, place + " is \"" + given + "\"; " + HarmlessFields.NO_TOOLS);
        }
        String role = value.isTextual() ? ROLES.get(given) : null;
        if (role == null) {
            throw Fields.wrong(place, value, "one of system, developer, user, assistant");
        }
        return role;
    }

    /** A string, or an array of parts that are text. */
    private static String content(Fields message) {
        JsonNode value = message.required("content");
        String place = message.name("content");
        if (value.isTextual()) {
            return Fields.text(place, value);
        }
        if (!value.isArray()) {
            throw Fields.wrong(place, value, "a string, or an array of text parts");
        }
        StringBuilder content = new StringBuilder();
        for (int index = 0; index < value.size(); index++) {
            content.append(part(message.at(place + "[" + index + "]", value.get(index))));
        }
        return content.toString();
    }

    private static String part(Fields part) {
        JsonNode type = part.value("type");
        if (!type.isMissingNode() && !(type.isTextual() && type.textValue().equals("text"))) {
            throw Fields.wrong(part.name("type"), type, "\"text\", because the model reads nothing else");
        }
        String text = Fields.text(part.name("text"), part.required("text"));
        part.harmless(HarmlessFields.PARTS);
        part.end();
        return text;
    }
}
