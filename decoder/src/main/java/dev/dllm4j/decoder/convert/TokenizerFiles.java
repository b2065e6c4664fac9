package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files of a checkpoint that turn text into tokens. */
final class TokenizerFiles {
    static final String TOKENIZER = "tokenizer.json";

    /** It is read whole to be used; the largest in use have a quarter of it. */
    static final int MOST_BYTES = 128 << 20;

    private static final List<String> BESIDE = List.of(
            "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja");

    private TokenizerFiles() {}

    /** Ids of the tokens added to the vocabulary, by token. */
    static Map<String, Integer> addedTokens(Path folder) {
        Path tokenizer = folder.resolve(TOKENIZER);
        if (ReadableFile.exists(tokenizer)) {
            return read(tokenizer);
        }
        if (SlowTokenizer.isIn(folder)) {
            return SlowTokenizer.addedTokens(folder);
        }
        throw new ModelException(tokenizer + " is missing; a model is of no use without its tokenizer, copy it there");
    }

    static void copy(Path folder, Path target) {
        for (String name : BESIDE) {
            if (ReadableFile.exists(folder.resolve(name))) {
                FileCopy.content(folder.resolve(name), target.resolve(name));
            }
        }
        if (ReadableFile.exists(folder.resolve(TOKENIZER))) {
            FileCopy.content(folder.resolve(TOKENIZER), target.resolve(TOKENIZER));
        } else {
            SlowTokenizer.write(folder, target.resolve(TOKENIZER));
        }
    }

    private static InputStream open(Path tokenizer) throws IOException {
        ReadableFile.size(tokenizer, MOST_BYTES);
        return ReadableFile.open(tokenizer);
    }

    /** Reads past the end of what is wanted, so that a file which does not parse is found here. */
    private static Map<String, Integer> read(Path tokenizer) {
        Map<String, Integer> added = new HashMap<>();
        try (InputStream in = open(tokenizer);
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
