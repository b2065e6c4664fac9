package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What {@code tokenizer.json} says of single tokens: the id of each, and which ids are special.
 *
 * @param ids token as the file writes it to its id
 * @param special ids of added tokens marked special
 */
record Vocabulary(Map<String, Integer> ids, BitSet special) {
    /** Ids that any model has a row for; the set of special ones takes memory by the largest. */
    private static final int MOST_IDS = 1 << 24;

    Vocabulary() {
        this(new HashMap<>(), new BitSet());
    }

    void addAdded(JsonNode tokens) {
        for (JsonNode token : tokens) {
            int id = token.path("id").asInt(-1);
            if (id < 0) {
                continue;
            }
            if (id >= MOST_IDS) {
                throw new IllegalArgumentException(
                        "an added token has id " + id + "; ids are within [0, " + (MOST_IDS - 1) + "]");
            }
            ids.put(token.path("content").asText(), id);
            special.set(id, token.path("special").asBoolean());
        }
    }

    /** @param settings takes what the model says beside its tokens and merges */
    void addModel(JsonParser parser, ObjectNode settings) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
                addMapped(parser);
            } else if (field.equals("vocab") && value == JsonToken.START_ARRAY) {
                addScored(parser);
            } else if (value.isScalarValue()) {
                settings.set(field, parser.readValueAsTree());
            } else {
                parser.skipChildren();
            }
        }
    }

    /** BPE, WordLevel and WordPiece: {@code {"token": id}}. An added token of the same name wins, as in the library. */
    private void addMapped(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String token = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && parser.getIntValue() >= 0) {
                ids.putIfAbsent(token, parser.getIntValue());
            } else {
                parser.skipChildren();
            }
        }
    }

    /** Unigram: {@code [["token", score]]}, the id being the place in the list. */
    private void addScored(JsonParser parser) throws IOException {
        for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
            ids.putIfAbsent(parser.nextTextValue(), id);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                parser.skipChildren();
            }
        }
    }
}
