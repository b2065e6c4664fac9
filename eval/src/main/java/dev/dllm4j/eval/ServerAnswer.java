package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.eval.ServerConnection.Reply;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What a server said to one question. It is somebody else's: every field may be missing, null or of another kind.
 *
 * @param chat whether the question was a message
 */
record ServerAnswer(Reply reply, JsonNode json, boolean chat) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SHOWN = 200;

    static ServerAnswer of(Reply reply, boolean chat) {
        return new ServerAnswer(reply, parse(reply.body()), chat);
    }

    /** Whether it answers at all, with or without text. */
    boolean answers() {
        return reply.status() == 200 && (chat ? choice().path("message").isObject() : choice().has("text"));
    }

    /** Its text; absent where a model that thinks first, calls a tool or refuses has said nothing to the question. */
    Optional<String> text() {
        JsonNode content = content();
        if (content.isArray() && !content.isEmpty()) {
            return Optional.of(StreamSupport.stream(content.spliterator(), false)
                    .map(part -> part.path("text").asText(""))
                    .collect(Collectors.joining()));
        }
        return Optional.ofNullable(content.textValue());
    }

    /** Why an answer without text ended. */
    String ending() {
        return (chat ? "content is " : "text is ") + shown(content()) + ", finish_reason is "
                + shown(choice().path("finish_reason"));
    }

    private static String shown(JsonNode value) {
        String shown = value.isTextual() ? value.textValue() : value.toString();
        return value.isMissingNode() ? "missing" : OneLine.of(shown, 40);
    }

    boolean exceedsContext() {
        return ContextError.in(json);
    }

    /** Nothing where it reports nothing that can be. */
    ObjectNode usage() {
        return json.path("usage") instanceof ObjectNode reported && Item.plausible(reported)
                ? reported
                : JsonNodeFactory.instance.objectNode();
    }

    /** Status and words, for people. */
    String said() {
        return "answered " + reply.status() + ": " + OneLine.of(reply.body(), SHOWN);
    }

    private JsonNode content() {
        return chat ? choice().path("message").path("content") : choice().path("text");
    }

    private JsonNode choice() {
        return json.path("choices").path(0);
    }

    /** A missing node where the body is not JSON. */
    private static JsonNode parse(String body) {
        try {
            return MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }
}
