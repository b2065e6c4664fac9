package dev.dllm4j.decoder.text;

import static java.util.Objects.requireNonNull;

/** One turn of a conversation, as chat templates know it: who speaks ({@code user}, {@code assistant}) and what. */
public record Message(String role, String content) {
    public Message {
        requireNonNull(role, "role is null; name the speaker, e.g. user, assistant or system");
        requireNonNull(content, "content is null; give a text, which may be empty");
        if (role.isBlank()) {
            throw new IllegalArgumentException(
                    "role is \"" + role + "\"; it must name the speaker, e.g. user, assistant or system");
        }
    }
}
