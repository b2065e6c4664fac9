package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A token beside those that a tokenizer's model makes: it is found in a text before the model sees it.
 *
 * @param content its text; an empty one is never found
 * @param singleWord found only where no word goes on at either end
 * @param lstrip takes in the white space before it
 * @param rstrip takes in the white space after it
 * @param normalized found in the normalised text, not in the text as it was given
 * @param special stands for control, and is left out of decoded text
 */
public record AddedToken(
        String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {

    /** A token that files name by its text alone. */
    public static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, false, true);
    }

    /** A token of old files: one without a meaning of its own is normalised. */
    static AddedToken plain(String content) {
        return new AddedToken(content, false, false, false, true, false);
    }

    /** A token from an object of its properties; what is left out is as in the tokenizers library. */
    public static AddedToken of(JsonNode properties) {
        return of(properties, false);
    }

    /** @param unsaid whether a token is special that does not say it */
    static AddedToken of(JsonNode properties, boolean unsaid) {
        boolean special = properties.path("special").asBoolean(unsaid);
        return new AddedToken(
                properties.path("content").asText(),
                properties.path("single_word").asBoolean(),
                properties.path("lstrip").asBoolean(),
                properties.path("rstrip").asBoolean(),
                properties.path("normalized").asBoolean(!special),
                special);
    }

    /** The same token, special. */
    public AddedToken asSpecial() {
        return new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
    }

    /** As {@code added_tokens} of a {@code tokenizer.json} has it. */
    public ObjectNode json(int id) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("content", content)
                .put("single_word", singleWord)
                .put("lstrip", lstrip)
                .put("rstrip", rstrip)
                .put("normalized", normalized)
                .put("special", special);
    }
}
