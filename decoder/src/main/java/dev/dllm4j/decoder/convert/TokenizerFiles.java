package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files of a checkpoint that turn text into tokens. */
final class TokenizerFiles {
    static final String TOKENIZER = "tokenizer.json";

    private static final List<String> BESIDE = List.of(
            "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja");

    private TokenizerFiles() {}

    /** Ids of the tokens added to the vocabulary, by token. */
    static Map<String, Integer> addedTokens(Path folder) {
        Path tokenizer = folder.resolve(TOKENIZER);
        if (Files.exists(tokenizer)) {
            return read(tokenizer);
        }
        if (SlowTokenizer.isIn(folder)) {
            return SlowTokenizer.addedTokens(folder);
        }
        throw new ModelException(tokenizer + " is missing; a model is of no use without its tokenizer, copy it there");
    }

    static void copy(Path folder, Path target) {
        for (String name : BESIDE) {
            if (Files.exists(folder.resolve(name))) {
                FileCopy.content(folder.resolve(name), target.resolve(name));
            }
        }
        if (Files.exists(folder.resolve(TOKENIZER))) {
            FileCopy.content(folder.resolve(TOKENIZER), target.resolve(TOKENIZER));
        } else {
            SlowTokenizer.write(folder, target.resolve(TOKENIZER));
        }
    }

    /** Reads past the end of what is wanted, so that a file which does not parse is found here. */
    private static Map<String, Integer> read(Path tokenizer) {
        Map<String, Integer> added = new HashMap<>();
        try (InputStream in = Files.newInputStream(tokenizer);
                JsonParser parser = JsonFile.MAPPER.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonFile.malformed(tokenizer, "it holds no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals("added_tokens");
                parser.nextToken();
                if (wanted) {
                    for (JsonNode token : parser.<JsonNode>readValueAsTree()) {
                        added.put(
                                token.path("content").asText(), token.path("id").asInt());
                    }
                } else {
                    parser.skipChildren();
                }
            }
            return added;
        } catch (JsonProcessingException e) {
            throw JsonFile.malformed(tokenizer, e);
        } catch (IOException e) {
            throw FileFailure.reading(tokenizer, e);
        }
    }
}
