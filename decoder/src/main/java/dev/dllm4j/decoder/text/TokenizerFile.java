package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@code tokenizer.json} says, as far as it is judged here before the library runs it. Whether its shape is right
 * is the library's to check.
 *
 * @param added the added tokens, an array where the file has any
 * @param parts normalizer, pre-tokenizer and decoder by their names in the file; absent ones are missing
 * @param model what the model says beside its tokens and merges
 */
record TokenizerFile(Vocabulary vocabulary, JsonNode added, Map<String, JsonNode> parts, ObjectNode model) {
    /** Tokens are field names here: a hundred thousand that occur once, so they are neither interned nor kept. */
    private static final ObjectMapper MAPPER = new JsonMapper(JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build());

    private static final List<String> PARTS = List.of("normalizer", "pre_tokenizer", "decoder");

    static TokenizerFile parse(byte[] json) throws IOException {
        Vocabulary vocabulary = new Vocabulary();
        JsonNode added = MissingNode.getInstance();
        Map<String, JsonNode> parts = new HashMap<>();
        ObjectNode model = JsonNodeFactory.instance.objectNode();
        try (JsonParser parser = MAPPER.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("added_tokens")) {
                    added = parser.readValueAsTree();
                    vocabulary.addAdded(added);
                } else if (PARTS.contains(field)) {
                    parts.put(field, parser.readValueAsTree());
                } else if (field.equals("model") && value == JsonToken.START_OBJECT) {
                    vocabulary.addModel(parser, model);
                } else {
                    parser.skipChildren();
                }
            }
        }
        return new TokenizerFile(vocabulary, added, parts, model);
    }

    /** The normalizers in the order they run. */
    List<JsonNode> normalizers() {
        return steps(part("normalizer"), "normalizers");
    }

    /** The pre-tokenizers in the order they run. */
    List<JsonNode> preTokenizers() {
        return steps(part("pre_tokenizer"), "pretokenizers");
    }

    /** Every regular expression that the library would run over a text or an answer. */
    List<String> expressions() {
        return PARTS.stream()
                .flatMap(name -> part(name).findValuesAsText("Regex").stream())
                .distinct()
                .toList();
    }

    private JsonNode part(String name) {
        return parts.getOrDefault(name, MissingNode.getInstance());
    }

    private static List<JsonNode> steps(JsonNode part, String name) {
        if (part.isMissingNode() || part.isNull()) {
            return List.of();
        }
        if (!part.path("type").asText().equals("Sequence")) {
            return List.of(part);
        }
        List<JsonNode> steps = new ArrayList<>();
        part.path(name).forEach(step -> steps.addAll(steps(step, name)));
        return List.copyOf(steps);
    }

    Stream<JsonNode> addedTokens() {
        return Stream.iterate(0, index -> index < added.size(), index -> index + 1)
                .map(added::get);
    }
}
